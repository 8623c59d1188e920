import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import type { Pool } from '../../domain/worker-policy.ts';
import { workersOf } from '../running.ts';
import { batchSize } from './batches.ts';

/** Workers that are taken by the same settings: those of a pool, or those of none. */
export interface WorkerGroup {
  readonly pool?: Pool;
  readonly nodes: readonly NodeSnapshot[];
  /** How many are taken alone, before the others of the group. */
  readonly canaries: number;
  readonly batch: number;
}

/**
 * The groups in the order in which they are taken. The cluster's canaries are the first workers of all, so they count for
 * the first group that has any; a later pool has canaries of its own only where it says so.
 */
export function workerGroups(
  pending: readonly NodeSnapshot[],
  snapshot: Snapshot,
  { workers }: Pick<Policy, 'workers'>,
): WorkerGroup[] {
  const all = workersOf(snapshot).length;
  const most = mostAtOnce(snapshot, workers.maxUnavailable);
  const sizeOf = (pool?: Pool): number => Math.min(batchSize(pool?.batch ?? workers.batch, all), most);
  const poolOf = (node: NodeSnapshot): Pool | undefined => workers.pools.find((pool) => isIn(node, pool));
  const groups = [
    ...workers.pools.map((pool) => ({ pool, order: pool.order })),
    { pool: undefined, order: 0 },
  ]
    .toSorted((a, b) => a.order - b.order)
    .map(({ pool }) => ({ pool, nodes: pending.filter((node) => poolOf(node) === pool) }))
    .filter(({ nodes }) => nodes.length > 0);
  return groups.map(({ pool, nodes }, index) => ({
    ...(pool === undefined ? {} : { pool }),
    nodes,
    canaries: pool?.canary ?? (index === 0 ? workers.canary : 0),
    batch: sizeOf(pool),
  }));
}

function isIn({ labels = {} }: NodeSnapshot, { selector }: Pool): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

/** What the policy leaves of its number beside the nodes that are away already; one in any case, which then waits. */
function mostAtOnce(snapshot: Snapshot, maxUnavailable: Policy['workers']['maxUnavailable']): number {
  if (maxUnavailable === undefined) return Number.POSITIVE_INFINITY;
  const away = snapshot.nodes.filter(({ ready, unschedulable }) => !ready || unschedulable).length;
  return Math.max(1, batchSize(maxUnavailable, workersOf(snapshot).length) - away);
}
