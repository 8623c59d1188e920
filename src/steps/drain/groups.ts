import { isSelected } from '../../domain/label-selector.ts';
import type { DrainGroup, Policy } from '../../domain/policy.ts';
import type { PodObject } from '../../ports/kubernetes.ts';

const isRest = (group: DrainGroup): boolean => Object.keys(group).length === 0;

/**
 * When a pod's turn to leave is, from 0: the place of the first entry that takes it. Pods that none takes leave with the
 * entry without conditions, and where there is no such entry, before all others.
 */
export function groupOf(pod: PodObject, order: Policy['drain']['order']): number {
  const groups = order.some(isRest) ? order : [{}, ...order];
  const taken = groups.findIndex((group) => !isRest(group) && takes(group, pod));
  return taken >= 0 ? taken : groups.findIndex(isRest);
}

function takes({ namespace, labelSelector, priorityClass }: DrainGroup, pod: PodObject): boolean {
  return (
    (namespace === undefined || pod.namespace === namespace) &&
    (priorityClass === undefined || pod.priorityClass === priorityClass) &&
    (labelSelector === undefined || isSelected(labelSelector, pod.labels))
  );
}
