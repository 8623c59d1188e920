import { NodeName } from '../../../src/domain/names.ts';
import { version } from '../../../src/domain/version.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { NodeObject, PdbObject, PodObject } from '../../../src/ports/kubernetes.ts';
import type { SnapshotApi } from '../../../src/snapshot/cluster-reads.ts';

/** A clock that stands at a time, and whose sleepers wake only when they are told. */
export function patientClock(at = '2026-11-23T10:00:00.000Z'): Clock & { wakeAll(): void } {
  const sleepers = new Set<() => void>();
  return {
    now: () => Date.parse(at),
    elapsed: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        sleepers.add(resolve);
        signal?.addEventListener('abort', () => resolve());
      }),
    wakeAll() {
      for (const wake of sleepers) wake();
    },
  };
}

export function nodeObject(name: string, overrides: Partial<NodeObject> = {}): NodeObject {
  return {
    name: NodeName.parse(name),
    uid: `uid-of-${name}`,
    labels: name.startsWith('cp') ? { 'node-role.kubernetes.io/control-plane': '' } : {},
    annotations: {},
    unschedulable: false,
    ready: true,
    pressures: [],
    kubeletVersion: 'v1.33.13',
    containerRuntime: 'containerd://1.7.27',
    taints: [],
    ...overrides,
  };
}

export function podObject(name: string, node: string, overrides: Partial<PodObject> = {}): PodObject {
  return {
    namespace: 'shop',
    name,
    uid: `uid-of-${name}`,
    node: NodeName.parse(node),
    labels: {},
    annotations: {},
    phase: 'Running',
    ready: true,
    controller: { kind: 'ReplicaSet', name: 'x' },
    isMirror: false,
    hasEmptyDir: false,
    images: {},
    ...overrides,
  };
}

/** A mirror pod of a control plane's component. */
export function mirrorPod(component: string, node: string, image: string): PodObject {
  return podObject(`${component}-${node}`, node, {
    namespace: 'kube-system',
    labels: { component, tier: 'control-plane' },
    controller: { kind: 'Node', name: node },
    isMirror: true,
    images: { [component]: image },
  });
}

export function pdbObject(name: string, overrides: Partial<PdbObject> = {}): PdbObject {
  return {
    namespace: 'shop',
    name,
    matchLabels: {},
    matchExpressions: [],
    disruptionsAllowed: 1,
    currentHealthy: 2,
    desiredHealthy: 1,
    expectedPods: 2,
    ...overrides,
  };
}

const configuration = [
  'apiVersion: kubeadm.k8s.io/v1beta4',
  'kind: ClusterConfiguration',
  'kubernetesVersion: v1.33.13',
  'imageRepository: registry.k8s.io',
].join('\n');

/** One control plane and one worker, and whatever is given instead. */
export function fakeApi(overrides: Partial<SnapshotApi> = {}): SnapshotApi {
  const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const rollout = { desired: 2, updated: 2, available: 2, observed: true };
  return {
    serverVersions: async () => ({ 'https://10.0.0.11:6443': version('1.33.13') }),
    listNodes: async () => [nodeObject('cp-1'), nodeObject('w-1')],
    listPods: async () =>
      components.map((name) => mirrorPod(name, 'cp-1', `registry.k8s.io/${name}:v1.33.13`)),
    listPdbs: async () => [],
    getConfigMap: async (namespace, name) => ({
      namespace,
      name,
      data: { ClusterConfiguration: configuration },
    }),
    getDaemonSet: async () => ({ ...rollout, image: 'registry.k8s.io/kube-proxy:v1.33.13' }),
    getDeployment: async () => ({ ...rollout, image: 'registry.k8s.io/coredns/coredns:v1.12.0' }),
    ...overrides,
  };
}

/** ClusterConfiguration as a ConfigMap of some other content. */
export const configMapWith = (text: string): Pick<SnapshotApi, 'getConfigMap'> => ({
  getConfigMap: async (namespace, name) => ({ namespace, name, data: { ClusterConfiguration: text } }),
});
