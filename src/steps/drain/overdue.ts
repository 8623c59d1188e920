import type { Policy } from '../../domain/policy.ts';
import type { PodObject } from '../../ports/kubernetes.ts';

/** kubectl's --skip-wait-for-delete-timeout (filters.go, shouldSkipPod): the pod is left to itself. */
export function isOverdue(
  { deletionTimestamp }: Pick<PodObject, 'deletionTimestamp'>,
  { skipWaitForDeleteTimeoutSeconds: longest }: Policy['drain'],
  now: number,
): boolean {
  if (longest === 0 || deletionTimestamp === undefined) return false;
  return Math.trunc((now - Date.parse(deletionTimestamp)) / 1_000) > longest;
}
