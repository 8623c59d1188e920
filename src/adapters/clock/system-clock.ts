import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

/** Node's timers count in 32 bits: a longer delay would fire at once. */
const longestTimerMs = 2_147_483_647;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => Math.floor(performance.now()),
  async sleep(ms, signal) {
    // Measured on the monotonic clock, so that setting the machine's time neither cuts a wait short nor stretches it.
    const end = performance.now() + ms;
    let left = ms;
    while (left > 0) {
      const options = signal ? { signal } : {};
      // The only way for it to reject is the signal, and then the wait is over.
      const cut = await delay(Math.min(left, longestTimerMs), false, options).catch(() => true);
      if (cut) return;
      left = end - performance.now();
    }
  },
};
