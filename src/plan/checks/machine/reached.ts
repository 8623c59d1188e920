import type { UpgradeIntent } from '../../../domain/intent.ts';
import type { MachineFacts } from '../../../domain/machine-facts.ts';
import type { NodeSnapshot, Snapshot } from '../../../domain/snapshot.ts';
import { minorsByNode } from '../../way/way-of-nodes.ts';

/** A node whose machine has told of itself. */
export interface Told {
  readonly node: NodeSnapshot;
  readonly machine: MachineFacts;
}

/** Of these nodes, the ones whose machines have told of themselves. */
export function toldBy(nodes: readonly NodeSnapshot[]): Told[] {
  return nodes.flatMap((node) =>
    node.host.status === 'reached' && node.host.machine !== undefined
      ? [{ node, machine: node.host.machine }]
      : [],
  );
}

/** The nodes that get a turn and have told of themselves, each with the last minor that it is taken to. */
export function toldWithTurn(
  snapshot: Snapshot,
  intent: UpgradeIntent,
): (Told & { readonly minor: number })[] {
  const ways = minorsByNode(snapshot, intent);
  return toldBy([...ways.keys()]).map((told) => ({ ...told, minor: ways.get(told.node)?.at(-1) ?? 0 }));
}
