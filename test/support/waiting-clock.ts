import type { Clock } from '../../src/ports/clock.ts';

export interface WaitingClock extends Clock {
  /** Lets time pass without anybody waiting. */
  advance(ms: number): void;
  /** Sets the time of day forward, or back: nothing else goes on for it. */
  set(byMs: number): void;
}

/** A time that no machine's own clock has when it writes the files of a test. */
export const waitingClockStart = Date.parse('2126-11-25T10:00:00.000Z');

/**
 * Time that passes only by waiting, at once: an hour of retries takes no time. Whoever has the nearest moment wakes
 * first, and the next one only when nothing else is left to do at that moment.
 */
export function waitingClock(startMs = waitingClockStart): WaitingClock {
  let now = startMs;
  let setBy = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  let isTicking = false;
  const tick = (): void => {
    isTicking = false;
    const next = sleepers.reduce<(typeof sleepers)[number] | undefined>(
      (nearest, sleeper) => (nearest === undefined || sleeper.at < nearest.at ? sleeper : nearest),
      undefined,
    );
    if (!next) return;
    sleepers = sleepers.filter((sleeper) => sleeper !== next);
    now = Math.max(now, next.at);
    next.wake();
    tickSoon();
  };
  const tickSoon = (): void => {
    if (isTicking || sleepers.length === 0) return;
    isTicking = true;
    setImmediate(tick);
  };
  return {
    now: () => now + setBy,
    elapsed: () => now,
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const leave = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          resolve();
        };
        const sleeper = {
          at: now + ms,
          wake: () => {
            signal?.removeEventListener('abort', leave);
            resolve();
          },
        };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', leave, { once: true });
        tickSoon();
      });
    },
    advance(ms) {
      now += ms;
    },
    set(byMs) {
      setBy += byMs;
    },
  };
}
