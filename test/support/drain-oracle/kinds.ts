import type { KubeObject } from '../../../sandbox/cluster/model/objects.ts';
import { budget, namespace, type PodOptions, pod, workload } from './objects.ts';

/** What happens to the cluster so long after the node was cordoned, in the cluster's own time. */
export interface Later {
  readonly afterMs: number;
  readonly act: 'remove-finalizers' | 'delete';
  readonly namespace: string;
  readonly pod: string;
}

export interface Made {
  readonly objects: readonly KubeObject[];
  readonly later?: readonly Later[];
}

/** Makes what a node has of one kind. `name` is its own on the node, `space` its node's namespace. */
type Make = (of: { node: string; space: string; name: string; size: number }) => Made;

/** Pods of a ReplicaSet on the node. */
function replicas(
  { node, space, name }: Parameters<Make>[0],
  count: number,
  options: (index: number) => PodOptions = () => ({}),
): KubeObject[] {
  const owner = workload('ReplicaSet', space, name, count);
  const labels = { app: name };
  const pods = Array.from({ length: count }, (_, index) =>
    pod(space, `${name}-${index}`, node, { owner, labels, ...options(index) }),
  );
  return [owner, ...pods];
}

/** Kinds of pods that a drain gets rid of, sooner or later, if it may. */
export const leaving = {
  managed: (of) => ({ objects: replicas(of, of.size) }),
  slow: (of) => ({
    objects: replicas(of, 1, () => ({ annotations: { 'sandbox/termination-seconds': '6' } })),
  }),
  'budget-two-of-three': (of) => ({
    objects: [...replicas(of, 3), budget(of.space, of.name, of.name, { minAvailable: 2 })],
  }),
  'budget-one-at-a-time': (of) => ({
    objects: [...replicas(of, 2), budget(of.space, of.name, of.name, { maxUnavailable: 1 })],
  }),
  'budget-half': (of) => ({
    objects: [...replicas(of, 4), budget(of.space, of.name, of.name, { minAvailable: '50%' })],
  }),
  'unready-always-allowed': (of) => ({
    objects: [
      ...replicas(of, 1, () => ({ isReady: false })),
      budget(of.space, of.name, of.name, { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
    ],
  }),
  'unready-beside-a-healthy-one': (of) => ({
    objects: [
      ...replicas(of, 2, (index) => ({ isReady: index === 1 })),
      budget(of.space, of.name, of.name, { minAvailable: 1 }),
    ],
  }),
  'foreign-daemon-set': ({ node, space, name }) => {
    const owner = { ...workload('DaemonSet', space, name, 0), apiVersion: 'apps.kruise.io/v1alpha1' };
    return { objects: [pod(space, `${name}-0`, node, { owner })] };
  },
  'custom-controller': ({ node, space, name }) => {
    const owner = {
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: { name, uid: `thing-${space}-${name}` },
    };
    return { objects: [pod(space, `${name}-0`, node, { owner })] };
  },
  finished: ({ node, space, name }) => ({
    objects: [
      pod(space, `${name}-0`, node, { phase: 'Succeeded', hasEmptyDir: true, isReady: false }),
      pod(space, `${name}-1`, node, { phase: 'Failed', isReady: false }),
    ],
  }),
  terminating: ({ node, space, name }) => ({
    objects: [
      pod(space, `${name}-0`, node, {
        owner: workload('ReplicaSet', space, `${name}-gone`, 0),
        isTerminating: true,
        graceSeconds: 5,
        annotations: { 'sandbox/termination-seconds': '5' },
      }),
    ],
  }),
  'finalizer-for-a-while': (of) => ({
    objects: replicas(of, 1, () => ({ finalizers: ['oracle/held'] })),
    later: [{ afterMs: 5_000, act: 'remove-finalizers', namespace: of.space, pod: `${of.name}-0` }],
  }),
  'namespace-that-terminates': ({ node, name, space }) => {
    const own = `${space}-${name}`;
    return {
      objects: [
        namespace(own, true),
        pod(own, 'left-0', node, { owner: workload('ReplicaSet', own, 'gone', 0) }),
      ],
      later: [{ afterMs: 6_000, act: 'delete', namespace: own, pod: 'left-0' }],
    };
  },
} as const satisfies Record<string, Make>;

/** Kinds that leave only where the drain is allowed to lose them. */
export const losing = {
  bare: ({ node, space, name }) => ({ objects: [pod(space, `${name}-0`, node)] }),
  'empty-dir': (of) => ({ objects: replicas(of, 1, () => ({ hasEmptyDir: true })) }),
  'orphan-of-a-daemon-set': ({ node, space, name }) => {
    const owner = workload('DaemonSet', space, `${name}-gone`, 0);
    return { objects: [pod(space, `${name}-0`, node, { owner })] };
  },
} as const satisfies Record<string, Make>;

/** Kinds that stay on a drained node. */
export const staying = {
  'daemon-set': ({ node, space, name }) => {
    const owner = workload('DaemonSet', space, name, 0);
    return { objects: [owner, pod(space, `${name}-0`, node, { owner, hasEmptyDir: true })] };
  },
  mirror: ({ node, space, name }) => ({
    objects: [
      pod(space, `${name}-0`, node, {
        owner: { apiVersion: 'v1', kind: 'Node', metadata: { name: node, uid: node } },
        annotations: { 'kubernetes.io/config.mirror': 'x' },
      }),
    ],
  }),
} as const satisfies Record<string, Make>;

/** Kinds that never leave, whoever asks and for however long. */
export const stuck = {
  'budget-that-needs-all': (of) => ({
    objects: [...replicas(of, 2), budget(of.space, of.name, of.name, { minAvailable: 2 })],
  }),
  'several-budgets': (of) => ({
    objects: [
      ...replicas(of, 1),
      budget(of.space, `${of.name}-a`, of.name, { minAvailable: 0 }),
      budget(of.space, `${of.name}-b`, of.name, { minAvailable: 0 }),
    ],
  }),
  'finalizer-for-ever': (of) => ({ objects: replicas(of, 1, () => ({ finalizers: ['oracle/held'] })) }),
} as const satisfies Record<string, Make>;

/**
 * Seconds that a kind takes whoever drains it: in the sandbox a pod ends in 2 s, and the one that takes its place is Ready
 * after 3 s. What a drain takes beyond the longest of its node is its own.
 */
export const leastSeconds: Readonly<Record<string, number>> = {
  slow: 6,
  'budget-two-of-three': 8,
  'budget-one-at-a-time': 5,
  'budget-half': 5,
  'unready-beside-a-healthy-one': 5,
  finished: 0,
  'daemon-set': 0,
  mirror: 0,
  'finalizer-for-a-while': 5,
  'namespace-that-terminates': 8,
};
export const usualLeastSeconds = 2;

export const makers: Readonly<Record<string, Make>> = { ...leaving, ...losing, ...staying, ...stuck };
