import type { ClusterModel } from '../model/cluster.ts';
import { isReady, type KubeNode, type Pod, type Toleration, type WorkloadObject } from '../model/objects.ts';
import { deletePod } from '../model/pods.ts';
import { templateHash } from '../model/random.ts';
import { scaled, tolerates } from '../model/selectors.ts';
import { isActive, podFrom } from './pod-template.ts';
import { splitKey } from './queue.ts';
import { setStatus } from './replicaset.ts';

const nodeTolerations: Toleration[] = [
  { effect: 'NoExecute', key: 'node.kubernetes.io/not-ready', operator: 'Exists' },
  { effect: 'NoExecute', key: 'node.kubernetes.io/unreachable', operator: 'Exists' },
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((state) => ({
    effect: 'NoSchedule',
    key: `node.kubernetes.io/${state}`,
    operator: 'Exists' as const,
  })),
];

/** One pod of a DaemonSet on every node that it tolerates, rolled over node by node. */
export function reconcileDaemonSet({ store }: ClusterModel, key: string): void {
  const [namespace, name] = splitKey(key);
  const set = store.get<WorkloadObject>('DaemonSet', namespace, name);
  if (set === undefined) return;
  const hash = templateHash(set.spec.template);
  const tolerations = [...(set.spec.template.spec.tolerations ?? []), ...nodeTolerations];
  const nodes = store.list<KubeNode>('Node').filter((node) => runsOn(set, node, tolerations));
  const byNode = new Map<string, Pod[]>();
  for (const pod of store.ownedBy<Pod>('Pod', set.metadata.uid ?? '')) {
    const on = pod.spec.nodeName ?? '';
    byNode.set(on, [...(byNode.get(on) ?? []), pod]);
  }
  for (const node of nodes) {
    if (byNode.has(node.metadata.name)) continue;
    store.create(
      podFrom(set.spec.template, set, {
        labels: {
          'controller-revision-hash': hash,
          'pod-template-generation': String(set.metadata.generation ?? 1),
        },
        spec: { nodeName: node.metadata.name, tolerations },
      }),
    );
  }
  rollOver(store, set, [...byNode.values()].flat(), nodes.length, hash);
  report(store, set, nodes.length, hash);
}

function runsOn(set: WorkloadObject, node: KubeNode, tolerations: Toleration[]): boolean {
  const wanted = Object.entries(set.spec.template.spec.nodeSelector ?? {});
  return (
    wanted.every(([label, value]) => node.metadata.labels?.[label] === value) &&
    (node.spec.taints ?? []).every(
      (taint) => taint.effect === 'PreferNoSchedule' || tolerates(tolerations, taint),
    )
  );
}

function rollOver(
  store: ClusterModel['store'],
  set: WorkloadObject,
  pods: Pod[],
  nodes: number,
  hash: string,
): void {
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const allowed = Math.max(
    1,
    scaled(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, nodes, 'up'),
  );
  const available = pods.filter((pod) => isActive(pod) && isReady(pod));
  const outdated = pods.filter(
    (pod) => isActive(pod) && pod.metadata.labels?.['controller-revision-hash'] !== hash,
  );
  // Pods that do not run anyway cost nothing; of the others only as many as may be missing at a time.
  for (const pod of outdated.filter((each) => !isReady(each))) deletePod(store, pod);
  const room = allowed - (nodes - available.length);
  for (const pod of outdated.filter(isReady).slice(0, Math.max(0, room))) deletePod(store, pod);
}

function report(store: ClusterModel['store'], set: WorkloadObject, desired: number, hash: string): void {
  const pods = store.ownedBy<Pod>('Pod', set.metadata.uid ?? '').filter(isActive);
  const ready = pods.filter(isReady).length;
  const unavailable = desired - ready;
  setStatus(store, set, {
    currentNumberScheduled: pods.length,
    desiredNumberScheduled: desired,
    ...(ready > 0 && { numberAvailable: ready }),
    numberMisscheduled: 0,
    numberReady: ready,
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
    observedGeneration: set.metadata.generation ?? 1,
    updatedNumberScheduled: pods.filter((pod) => pod.metadata.labels?.['controller-revision-hash'] === hash)
      .length,
  });
}
