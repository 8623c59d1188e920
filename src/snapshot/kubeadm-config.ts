import { parse } from 'yaml';
import { z } from 'zod';
import type { KubeadmConfig } from '../domain/snapshot.ts';
import { KubernetesVersion } from '../domain/version.ts';
import { SettingsOf } from './control-plane-settings.ts';

/** ClusterConfiguration (kubeadm.k8s.io v1beta3 and v1beta4): what an upgrade depends on, and where etcd is. */
const ClusterConfiguration = z.object({
  kind: z.literal('ClusterConfiguration'),
  kubernetesVersion: KubernetesVersion,
  imageRepository: z.string().default('registry.k8s.io'),
  featureGates: z
    .record(z.string(), z.boolean())
    .nullish()
    .transform((gates) => gates ?? {}),
  etcd: z
    .object({
      local: z.object({ imageTag: z.string().optional() }).nullish(),
      external: z.object({ endpoints: z.array(z.string()) }).nullish(),
    })
    .nullish(),
});

export type ParsedConfig =
  | { readonly status: 'parsed'; readonly kubeadm: KubeadmConfig; readonly externalEtcd?: readonly string[] }
  | { readonly status: 'unusable'; readonly why: string };

/** Reads the ClusterConfiguration of the ConfigMap kube-system/kubeadm-config. */
export function parseKubeadmConfig(data: Readonly<Record<string, string>>): ParsedConfig {
  const text = data.ClusterConfiguration;
  if (text === undefined) return { status: 'unusable', why: 'it has no ClusterConfiguration' };
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { status: 'unusable', why: `its ClusterConfiguration is not YAML: ${why}` };
  }
  const parsed = ClusterConfiguration.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const why = `its ClusterConfiguration has ${issue?.path.join('.')}: ${issue?.message}`;
    return { status: 'unusable', why };
  }
  const { kubernetesVersion, imageRepository, featureGates, etcd } = parsed.data;
  const etcdImageTag = etcd?.local?.imageTag;
  // What only some findings rest on is no reason to have no plan.
  const settings = SettingsOf.safeParse(value).data;
  return {
    status: 'parsed',
    kubeadm: {
      kubernetesVersion,
      imageRepository,
      featureGates,
      ...(etcdImageTag ? { etcdImageTag } : {}),
      ...(settings ? { settings } : {}),
    },
    ...(etcd?.external ? { externalEtcd: etcd.external.endpoints } : {}),
  };
}
