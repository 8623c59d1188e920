import type { NodeSnapshot } from '../domain/snapshot.ts';
import type { NodeRequirement, Placement, Taint, Toleration } from '../domain/workload-facts.ts';

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

function meets(
  labels: Readonly<Record<string, string>>,
  { key, operator, values }: NodeRequirement,
): boolean {
  const value = labels[key];
  const [bound = ''] = values;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(bound);
    case 'Lt':
      return value !== undefined && Number(value) < Number(bound);
    default:
      // An operator of a later release: better a node too many than a warning about nothing.
      return true;
  }
}
