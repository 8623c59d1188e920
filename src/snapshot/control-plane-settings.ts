import { z } from 'zod';
import type { ComponentSettings, ControlPlaneSettings } from '../domain/machine-facts.ts';

/** kubeadm.k8s.io v1beta3 has extraArgs as a map, v1beta4 as a list in which a name may come twice. */
const ExtraArgs = z
  .union([
    z
      .record(z.string(), z.string())
      .transform((map) => Object.entries(map).map(([name, value]) => ({ name, value }))),
    z.array(z.object({ name: z.string(), value: z.string().default('') })),
  ])
  .nullish();

const named = z
  .array(z.object({ name: z.string() }))
  .nullish()
  .transform((entries) => (entries ?? []).map(({ name }) => name));

const Component = z
  .object({ extraArgs: ExtraArgs, extraVolumes: named, extraEnvs: named })
  .nullish()
  .transform(
    (component): ComponentSettings => ({
      flags: component?.extraArgs ?? [],
      volumes: component?.extraVolumes ?? [],
      environment: component?.extraEnvs ?? [],
    }),
  );

/** What a ClusterConfiguration says of the control plane's components, with kubeadm's defaults (v1beta4/defaults.go). */
export const SettingsOf = z
  .object({
    certificatesDir: z.string().default('/etc/kubernetes/pki'),
    clusterName: z.string().default('kubernetes'),
    networking: z
      .object({ serviceSubnet: z.string(), podSubnet: z.string(), dnsDomain: z.string() })
      .partial()
      .nullish(),
    apiServer: Component,
    controllerManager: Component,
    scheduler: Component,
    etcd: z.object({ local: z.looseObject({ dataDir: z.string().optional() }).nullish() }).nullish(),
  })
  .transform(({ certificatesDir, clusterName, networking, etcd, ...components }): ControlPlaneSettings => {
    const { serviceSubnet, podSubnet, dnsDomain } = networking ?? {};
    const dataDir = etcd?.local?.dataDir;
    return {
      certificatesDirectory: certificatesDir,
      clusterName,
      ...(serviceSubnet ? { serviceSubnet } : {}),
      ...(podSubnet ? { podSubnet } : {}),
      ...(dnsDomain ? { dnsDomain } : {}),
      ...(dataDir ? { etcdDataDirectory: dataDir } : {}),
      components: {
        'kube-apiserver': components.apiServer,
        'kube-controller-manager': components.controllerManager,
        'kube-scheduler': components.scheduler,
        etcd: Component.parse(etcd?.local),
      },
    };
  });
