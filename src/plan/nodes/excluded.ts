import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { workersOf } from '../running.ts';

/** The workers that policy leaves out of every run. A control plane cannot be left out: that is a blocker. */
export function excludedNodes(
  snapshot: Pick<Snapshot, 'nodes'>,
  { nodes }: Pick<Policy, 'nodes'>,
): NodeSnapshot[] {
  return workersOf(snapshot).filter(({ name }) => nodes.exclude.includes(name));
}

/** The cluster as far as it is to be changed. */
export function withoutExcluded(snapshot: Snapshot, policy: Pick<Policy, 'nodes'>): Snapshot {
  const excluded = new Set(excludedNodes(snapshot, policy));
  return excluded.size === 0
    ? snapshot
    : { ...snapshot, nodes: snapshot.nodes.filter((node) => !excluded.has(node)) };
}
