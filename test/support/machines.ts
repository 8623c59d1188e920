import type { ControlPlaneSettings, Flag, MachineFacts, StaticPod } from '../../src/domain/machine-facts.ts';
import { parseStaticPod } from '../../src/node/static-pod.ts';
import { recording } from './recordings.ts';

/** The static pods of the recorded control plane, as kubeadm 1.33.13 wrote them. */
export function recordedStaticPods(): StaticPod[] {
  return ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => {
    const pod = parseStaticPod(`${name}.yaml`, recording(`cluster-1.33.13/manifest-${name}`).stdout);
    if (pod === undefined) throw new Error(`the recorded ${name} is no static pod`);
    return pod;
  });
}

/** What a healthy machine tells of itself, changed where asked. */
export function machineOf(overrides: Partial<MachineFacts> = {}): MachineFacts {
  return {
    clock: { offsetMs: 0, uncertaintyMs: 5 },
    swaps: [],
    cgroup: 2,
    kubelet: { featureGates: {}, arguments: [] },
    criSocketKnown: true,
    staticPods: [],
    unreadableManifests: [],
    leftovers: { entries: 0, bytes: 0 },
    imageStore: '/var/lib/containerd',
    ...overrides,
  };
}

/** The kubelet's settings of a machine with these flags in a file. */
export const kubeletWith = (file: string, ...flags: Flag[]): Partial<MachineFacts> => ({
  kubelet: { featureGates: {}, arguments: [{ file, flags }] },
});

type Extra = Partial<Record<keyof ControlPlaneSettings['components'], readonly Flag[]>>;

/** The recorded ClusterConfiguration's settings, with flags added to components. */
export function settingsWith(extra: Extra = {}): ControlPlaneSettings {
  const component = (name: keyof Extra) => ({
    flags: [...(extra[name] ?? [])],
    volumes: [],
    environment: [],
  });
  return {
    certificatesDirectory: '/etc/kubernetes/pki',
    clusterName: 'kubernetes',
    serviceSubnet: '10.96.0.0/12',
    podSubnet: '10.244.0.0/16',
    dnsDomain: 'cluster.local',
    etcdDataDirectory: '/var/lib/etcd',
    components: {
      'kube-apiserver': component('kube-apiserver'),
      'kube-controller-manager': component('kube-controller-manager'),
      'kube-scheduler': component('kube-scheduler'),
      etcd: component('etcd'),
    },
  };
}
