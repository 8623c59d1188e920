import type { UpgradeIntent } from '../../domain/intent.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { minorNumber } from '../../domain/version.ts';
import { legsOf } from './legs.ts';

/** The minors that each node is taken through, in order; nodes that get no turn are not in it. */
export function minorsByNode(
  snapshot: Snapshot,
  intent: UpgradeIntent,
): ReadonlyMap<NodeSnapshot, readonly number[]> {
  const ways = new Map<NodeSnapshot, number[]>();
  for (const { version, controlPlanes, workers } of legsOf(snapshot, intent)) {
    for (const node of [...controlPlanes, ...workers]) {
      ways.set(node, [...(ways.get(node) ?? []), minorNumber(version)]);
    }
  }
  return ways;
}
