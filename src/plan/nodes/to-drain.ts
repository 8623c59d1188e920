import type { UpgradeIntent } from '../../domain/intent.ts';
import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { withoutExcluded } from './excluded.ts';
import { pendingNodes } from './pending.ts';

/** The nodes that an upgrade drains: those that get a turn. */
export function nodesToDrain(
  snapshot: Snapshot,
  { target }: Pick<UpgradeIntent, 'target'>,
  policy: Pick<Policy, 'nodes'>,
): NodeSnapshot[] {
  return pendingNodes(withoutExcluded(snapshot, policy), target);
}
