import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';

/** Work that listeners began and that goes on after the acknowledgement. */
export interface InFlight {
  /** Starts work and remembers it until it ends. Its errors end here, in the log. */
  run(name: string, work: () => Promise<void>): void;
  /** Waits for what is under way, at most `capMs`; tells how many pieces of work were left. */
  drain(capMs: number): Promise<number>;
  readonly size: () => number;
}

export function createInFlight({ clock, log }: { clock: Clock; log: Log }): InFlight {
  const working = new Set<Promise<void>>();
  return {
    run(name, work) {
      const piece = work()
        .catch((error: unknown) => log.error({ name, error }, 'work that slack asked for failed'))
        .finally(() => working.delete(piece));
      working.add(piece);
    },
    async drain(capMs) {
      const enough = new AbortController();
      await Promise.race([Promise.all(working), clock.sleep(capMs, enough.signal)]);
      enough.abort();
      return working.size;
    },
    size: () => working.size,
  };
}
