import { batchSize } from '../phases/batches.ts';
import { workersOf } from '../running.ts';
import { count, forms, listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

/** So many nodes are away already that the policy lets no worker go until some come back. */
export const checkUnavailableNodes: Check = (snapshot, _intent, { workers }) => {
  if (workers.maxUnavailable === undefined) return [];
  const most = batchSize(workers.maxUnavailable, workersOf(snapshot).length);
  const away = snapshot.nodes.filter(({ ready, unschedulable }) => !ready || unschedulable);
  return when(away.length >= most, () => ({
    code: 'nodes.too-many-unavailable',
    severity: 'warning' as const,
    objects: nodeObjects(away),
    summary: `${count(away.length, 'node')} ${forms(away, 'is', 'are')} NotReady or cordoned (${listOf(away.map(({ name }) => name))}), and the policy allows ${most}: workers will wait.`,
    facts: { away: String(away.length), allowed: String(most) },
    remedy: 'Bring nodes back before the workers are due, or raise workers.maxUnavailable and plan again.',
  }));
};
