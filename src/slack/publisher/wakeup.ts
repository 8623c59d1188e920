import type { Clock } from '../../ports/clock.ts';

/** A sleep that can be cut short. A call that comes while nobody sleeps is kept for the next sleep. */
export interface Wakeup {
  call(): void;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export function createWakeup(clock: Clock): Wakeup {
  let called = false;
  let awake: AbortController | undefined;
  return {
    call() {
      called = true;
      awake?.abort();
    },
    async sleep(ms, signal) {
      if (!called && !signal.aborted) {
        awake = new AbortController();
        await clock.sleep(ms, AbortSignal.any([awake.signal, signal]));
        awake = undefined;
      }
      called = false;
    },
  };
}
