import { ClusterName, instant, NodeName } from '../../src/domain/names.ts';
import type { NodeSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import { MinorVersion, version } from '../../src/domain/version.ts';

const present = version('1.33.13');
const GiB = 1024 ** 3;

/** A large healthy cluster as the planner sees it: 3 control planes, the rest workers with their share of the pods. */
export function largeSnapshot(size: { nodes: number; pods: number; pdbs: number }): Snapshot {
  const controlPlanes = ['cp-1', 'cp-2', 'cp-3'].map((name) => NodeName.parse(name));
  const workers = Array.from({ length: size.nodes - controlPlanes.length }, (_, index) =>
    NodeName.parse(`w-${index + 1}`),
  );
  const podsEach = Math.ceil(size.pods / workers.length);
  return {
    cluster: ClusterName.parse('large'),
    takenAt: instant(Date.parse('2026-11-23T10:00:00.000Z')),
    apiServers: {},
    kubeadm: { kubernetesVersion: present, imageRepository: 'registry.k8s.io', featureGates: {} },
    nodes: [
      ...controlPlanes.map((name): NodeSnapshot => ({ ...node(name, 4), ...controlPlane })),
      ...workers.map((name) => node(name, podsEach)),
    ],
    etcd: {
      topology: 'stacked',
      members: controlPlanes.map((name, index) => ({
        id: String(1_000 + index),
        name,
        node: name,
        version: '3.5.24',
        isLearner: false,
        isLeader: index === 0,
        healthy: true,
        dbSizeBytes: 512 * 1024 ** 2,
      })),
    },
    addons: {
      kubeProxyImage: `registry.k8s.io/kube-proxy:${present}`,
      coreDnsImage: 'registry.k8s.io/coredns/coredns:v1.12.0',
    },
    pdbs: Array.from({ length: size.pdbs }, (_, index) => ({
      namespace: `team-${index % 50}`,
      name: `budget-${index}`,
      disruptionsAllowed: index % 2,
      currentHealthy: 60,
      desiredHealthy: 60,
      expectedPods: 60,
      nodes: workers.slice(index, index + 60),
    })),
    certificates: [],
    gaps: [],
  };
}

const controlPlane = {
  role: 'control-plane',
  controlPlane: {
    apiServer: present,
    controllerManager: present,
    scheduler: present,
    etcdImageTag: '3.5.24-0',
  },
} as const;

function node(name: NodeName, pods: number): NodeSnapshot {
  const bare = present.slice(1);
  return {
    name,
    role: 'worker',
    ready: true,
    unschedulable: false,
    pressures: [],
    kubeletVersion: present,
    containerRuntime: 'containerd://1.7.29',
    host: {
      status: 'reached',
      family: 'debian',
      osName: 'Debian GNU/Linux 12 (bookworm)',
      packages: { kubeadm: bare, kubelet: bare, kubectl: bare },
      held: ['kubeadm', 'kubelet', 'kubectl'],
      repositoryMinor: MinorVersion.parse('1.33'),
      offered: ['1.33.13', '1.34.9'].map(version),
      freeBytes: { '/': 40 * GiB, '/var/lib/etcd': 40 * GiB },
      manifests: name.startsWith('cp')
        ? ['etcd.yaml', 'kube-apiserver.yaml', 'kube-controller-manager.yaml', 'kube-scheduler.yaml']
        : [],
      interruptedPackages: false,
    },
    pods: {
      evictable: pods,
      unmanaged: [],
      emptyDir: Array.from({ length: pods }, (_, index) => `team-${index % 50}/${name}-pod-${index}`),
    },
  };
}
