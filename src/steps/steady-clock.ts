import { type Instant, instant } from '../domain/names.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * How long ago something was written down, in milliseconds. What seems to lie ahead has only just been: the clock was set
 * back in between.
 */
export function ageMs(clock: Pick<Clock, 'now'>, at: Instant): number {
  return Math.max(0, clock.now() - Date.parse(at));
}

/**
 * The time of day as it was when this was made, going on steadily from there: for work in this process whose moments are
 * compared with moments that were written down, and which must neither end early nor hang when the clock is set.
 */
export interface SteadyClock extends Clock {
  /** The moment here of something that was written down: as long ago as the clock says now. */
  momentOf(at: Instant): number;
  /** A moment from here as everybody else's clock has it. */
  shown(moment: number): Instant;
}

export function steadyClock(clock: Clock): SteadyClock {
  const ahead = clock.now() - clock.elapsed();
  const now = () => ahead + clock.elapsed();
  return {
    now,
    elapsed: () => clock.elapsed(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    momentOf: (at) => now() - ageMs(clock, at),
    shown: (moment) => instant(clock.now() + moment - now()),
  };
}
