import { type NodeName, StepKey } from '../../domain/names.ts';
import type { StepKind } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';

/** What a step's key begins with: the version of its hop, or the part of the plan outside all hops. */
export type KeyScope = KubernetesVersion | 'before' | 'after';

/**
 * The key of a step, the same every time that the same thing is planned: `before/check-drift`,
 * `v1.34.9/cp-2/drain-node`. Unique in a plan, because a node meets each kind of step at most
 * once in a scope; add-ons, of which there may be several, are told apart by their names.
 */
export function stepKey(scope: KeyScope, kind: StepKind, node?: NodeName, name?: string): StepKey {
  const parts = [scope, ...(node === undefined ? [] : [node]), kind, ...(name === undefined ? [] : [name])];
  return StepKey.parse(parts.join('/'));
}
