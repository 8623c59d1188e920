import { meets } from '../../domain/selector.ts';
import type { NodeSnapshot } from '../../domain/snapshot.ts';
import type { Placement, Taint, Toleration } from '../../domain/workload-facts.ts';

type Place = Pick<NodeSnapshot, 'labels' | 'taints'>;

/**
 * Whether a node may take a pod by its selector, its required node affinity and its tolerations (scheduler plugins
 * NodeAffinity and TaintToleration). Spreading, pod affinity, ports and volumes are not looked at.
 */
export function takes(
  { labels = {}, taints = [] }: Place,
  { nodeSelector, affinity, tolerations }: Placement,
): boolean {
  return (
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    (affinity.length === 0 ||
      affinity.some((term) => term.every((requirement) => meets(labels, requirement)))) &&
    taints.every((taint) => !repels(taint) || tolerations.some((toleration) => tolerates(toleration, taint)))
  );
}

/** A cordon is a taint as well, but whether a node is cordoned when it matters is decided elsewhere. */
const repels = ({ key, effect }: Taint): boolean =>
  effect !== 'PreferNoSchedule' && key !== 'node.kubernetes.io/unschedulable';

function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== '' && effect !== taint.effect) return false;
  if (operator === 'Exists') return key === '' || key === taint.key;
  return key === taint.key && value === taint.value;
}
