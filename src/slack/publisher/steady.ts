import type { Clock } from '../../ports/clock.ts';

/**
 * Milliseconds that only ever grow, for gaps and waits: a clock that is set back (by NTP, by a person) stands still here
 * for a moment instead of making every wait longer by as much.
 */
export function steadyTime(clock: Pick<Clock, 'now'>): () => number {
  let seen = clock.now();
  let steady = seen;
  return () => {
    const now = clock.now();
    steady += Math.max(0, now - seen);
    seen = now;
    return steady;
  };
}
