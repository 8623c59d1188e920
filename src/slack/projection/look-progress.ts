import { count, listed } from '../text/fold.ts';

/** How far a look at a cluster's machines has come, as far as it is told. */
export interface ShownProgress {
  readonly machines: number;
  readonly done: number;
  readonly unreachable: number;
  readonly waitingFor: readonly string[];
}

/** `7 of 15 nodes have answered, 1 does not answer; waiting for w-09 and w-12`. Node names need no escaping. */
export function progressText({ machines, done, unreachable, waitingFor }: ShownProgress): string {
  // Nobody needs the names of all nodes to know that it has begun.
  if (done === 0) return `asking ${count(machines, 'node')}`;
  const answered = `${done - unreachable} of ${count(machines, 'node')} ${machines === 1 ? 'has' : 'have'} answered`;
  const silent = unreachable === 0 ? '' : `, ${unreachable} ${unreachable === 1 ? 'does' : 'do'} not answer`;
  if (waitingFor.length === 0) return `${answered}${silent}; checking what they told`;
  return `${answered}${silent}; waiting for ${listed(waitingFor, 6)}`;
}
