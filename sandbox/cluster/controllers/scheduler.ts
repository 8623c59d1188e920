import type { ClusterModel } from '../model/cluster.ts';
import { controllerOf, isReady, type KubeNode, kubeTime, type Pod } from '../model/objects.ts';
import { tolerates } from '../model/selectors.ts';
import { splitKey } from './queue.ts';

/** Binds a pending pod to the node that carries the fewest of its kind; leaves it pending when none will have it. */
export function schedule({ store, clock }: ClusterModel, key: string): void {
  const [namespace, name] = splitKey(key);
  const pod = store.get<Pod>('Pod', namespace, name);
  if (pod === undefined || pod.spec.nodeName !== undefined || pod.metadata.deletionTimestamp !== undefined)
    return;
  const nodes = store.list<KubeNode>('Node');
  const fitting = nodes.filter((node) => refusal(pod, node) === undefined);
  const owner = controllerOf(pod)?.uid;
  let best: { node: KubeNode; cost: number } | undefined;
  for (const node of fitting) {
    const there = store.podsOn<Pod>(node.metadata.name);
    if (there.length >= 110) continue;
    const siblings = there.filter(
      (other) => owner !== undefined && controllerOf(other)?.uid === owner,
    ).length;
    const soft = (node.spec.taints ?? []).filter(
      (taint) => taint.effect === 'PreferNoSchedule' && !tolerates(pod.spec.tolerations, taint),
    ).length;
    const cost = soft * 10_000 + siblings * 200 + there.length;
    if (
      best === undefined ||
      cost < best.cost ||
      (cost === best.cost && node.metadata.name < best.node.metadata.name)
    ) {
      best = { node, cost };
    }
  }
  const at = kubeTime(clock.now());
  if (best === undefined) {
    const message = unschedulable(pod, nodes);
    if (pod.status.conditions?.[0]?.message === message) return;
    store.modify<Pod>('Pod', namespace, name, (current) => ({
      ...current,
      status: {
        ...current.status,
        conditions: [
          {
            lastProbeTime: null,
            lastTransitionTime: at,
            message,
            reason: 'Unschedulable',
            status: 'False',
            type: 'PodScheduled',
          },
        ],
      },
    }));
    return;
  }
  const { node } = best;
  store.modify<Pod>('Pod', namespace, name, (current) => ({
    ...current,
    spec: { ...current.spec, nodeName: node.metadata.name },
    status: {
      ...current.status,
      conditions: [{ lastProbeTime: null, lastTransitionTime: at, status: 'True', type: 'PodScheduled' }],
    },
  }));
}

/** Why a node will not have a pod, in the scheduler's words; undefined when it fits. */
function refusal(pod: Pod, node: KubeNode): string | undefined {
  const unschedulable = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' as const };
  if (node.spec.unschedulable === true && !tolerates(pod.spec.tolerations, unschedulable))
    return 'node(s) were unschedulable';
  const taint = (node.spec.taints ?? []).find(
    (each) => each.effect !== 'PreferNoSchedule' && !tolerates(pod.spec.tolerations, each),
  );
  if (taint !== undefined) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  if (!isReady(node)) return 'node(s) were not ready';
  const selected = Object.entries(pod.spec.nodeSelector ?? {}).every(
    ([label, value]) => node.metadata.labels?.[label] === value,
  );
  return selected ? undefined : "node(s) didn't match Pod's node affinity/selector";
}

function unschedulable(pod: Pod, nodes: KubeNode[]): string {
  const reasons = new Map<string, number>();
  for (const node of nodes) {
    const reason = refusal(pod, node) ?? 'Too many pods';
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const list = [...reasons].map(([reason, number]) => `${number} ${reason}`).join(', ');
  return `0/${nodes.length} nodes are available: ${list}.`;
}
