import type { Clock } from '../../src/ports/clock.ts';

export interface WaitingClock extends Clock {
  /** Lets time pass without anybody waiting. */
  advance(ms: number): void;
}

/** Time that passes only by waiting, at once: an hour of retries takes no time. For one waiter at a time. */
export function waitingClock(startMs = Date.parse('2026-11-23T10:00:00.000Z')): WaitingClock {
  let now = startMs;
  return {
    now: () => now,
    async sleep(ms, signal) {
      await Promise.resolve();
      if (!signal?.aborted) now += ms;
    },
    advance(ms) {
      now += ms;
    },
  };
}
