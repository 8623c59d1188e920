import type {
  DisruptionBudget,
  KubeObject,
  Pod,
  WorkloadObject,
} from '../../../sandbox/cluster/model/objects.ts';

/** Where pods that were evicted come back: never on a node that is drained. */
export const spareLabel = { 'oracle/spare': 'true' };

const containers = [{ name: 'c', image: 'registry.local/app:1' }];
const ready = (is: boolean) => [
  { type: 'PodScheduled', status: 'True' as const },
  { type: 'Ready', status: is ? ('True' as const) : ('False' as const) },
];

export interface PodOptions {
  readonly owner?: KubeObject;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly finalizers?: string[];
  readonly isReady?: boolean;
  readonly phase?: Pod['status']['phase'];
  readonly hasEmptyDir?: boolean;
  readonly graceSeconds?: number;
  /** Already being deleted when the drain begins. */
  readonly isTerminating?: boolean;
}

export function pod(namespace: string, name: string, node: string, options: PodOptions = {}): Pod {
  const { owner, graceSeconds = 30 } = options;
  const at = new Date(Date.now() + graceSeconds * 1_000).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: options.labels ?? {},
      ...(options.annotations ? { annotations: options.annotations } : {}),
      ...(options.finalizers ? { finalizers: options.finalizers } : {}),
      ...(options.isTerminating ? { deletionTimestamp: at, deletionGracePeriodSeconds: graceSeconds } : {}),
      ...(owner
        ? {
            ownerReferences: [
              {
                apiVersion: owner.apiVersion,
                kind: owner.kind,
                name: owner.metadata.name,
                uid: owner.metadata.uid ?? '',
                controller: true,
              },
            ],
          }
        : {}),
    },
    spec: {
      nodeName: node,
      containers,
      terminationGracePeriodSeconds: graceSeconds,
      ...(options.hasEmptyDir ? { volumes: [{ name: 'data', emptyDir: {} }] } : {}),
    },
    status: { phase: options.phase ?? 'Running', conditions: ready(options.isReady ?? true) },
  };
}

/** A workload whose new pods go to the spare nodes. */
export function workload(
  kind: 'ReplicaSet' | 'DaemonSet',
  namespace: string,
  name: string,
  replicas: number,
): WorkloadObject {
  const labels = { app: name };
  const spec = { containers, nodeSelector: kind === 'DaemonSet' ? { none: 'such' } : spareLabel };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, uid: `${kind}-${namespace}-${name}` },
    spec: {
      ...(kind === 'ReplicaSet' ? { replicas } : { updateStrategy: { type: 'OnDelete' } }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  };
}

export function budget(
  namespace: string,
  name: string,
  app: string,
  spec: Omit<DisruptionBudget['spec'], 'selector'>,
): DisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace },
    spec: { ...spec, selector: { matchLabels: { app } } },
  };
}

export function namespace(name: string, isTerminating = false): KubeObject {
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, ...(isTerminating ? { deletionTimestamp: at, finalizers: ['oracle/held'] } : {}) },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: isTerminating ? 'Terminating' : 'Active' },
  };
}
