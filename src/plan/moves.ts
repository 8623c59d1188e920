import { type NodeMoves, type Phase, stepsOf } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';

/** What the drains of a plan move, node by node in the order of their first drain. */
export function movesOf(phases: readonly Phase[], { nodes }: Pick<Snapshot, 'nodes'>): NodeMoves[] {
  const byName = new Map(nodes.map((node) => [node.name, node.pods]));
  const drained = stepsOf({ phases: [...phases] }).flatMap((step) =>
    step.kind === 'drain-node' ? [step.input.node] : [],
  );
  return [...new Set(drained)].flatMap((node) => {
    const pods = byName.get(node);
    return pods === undefined
      ? []
      : [{ node, pods: pods.evictable, gone: [...pods.unmanaged], emptied: [...pods.emptyDir] }];
  });
}
