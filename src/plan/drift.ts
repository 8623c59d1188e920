import { originOf } from '../domain/origin.ts';
import type { Plan } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { basisOf } from './basis.ts';
import { differencesSince } from './differences.ts';

/** What tells whether a cluster is still the one that a plan was made for. */
export type Planned = Pick<Plan, 'basis' | 'origin'>;

/** Changes that are named; more than a few mean that the cluster is another one by now. */
const shownChanges = 5;

/** What has changed in a cluster since it was planned for, as a sentence; undefined where the plan still holds. */
export function driftSince({ basis, origin }: Planned, now: Snapshot): string | undefined {
  if (basisOf(now) === basis) return undefined;
  const changes = origin === undefined ? [] : differencesSince(origin, originOf(now));
  const shown = changes.slice(0, shownChanges);
  const more = changes.length > shown.length ? ` and ${changes.length - shown.length} more` : '';
  return shown.length === 0
    ? 'The cluster is not as the plan found it: a node, a version or an etcd member has changed since.'
    : `The cluster is not as the plan found it: ${shown.join('; ')}${more}.`;
}
