import type { Clock } from '../model/clock.ts';

/** How long a controller takes to react, in simulated milliseconds. */
const reaction = 60;

/**
 * The work list of the controllers: keys that want another look, each once. It stands still while `gate` is shut, as a
 * controller does that lost its lease or its API, and goes on where it was.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #gate: () => boolean;
  readonly #reconcilers = new Map<string, (key: string) => void>();
  readonly #keys = new Map<string, Set<string>>();
  #scheduled = false;

  constructor(clock: Clock, gate: () => boolean) {
    this.#clock = clock;
    this.#gate = gate;
  }

  add(name: string, reconcile: (key: string) => void): (key: string) => void {
    this.#reconcilers.set(name, reconcile);
    const keys = new Set<string>();
    this.#keys.set(name, keys);
    return (key) => {
      keys.add(key);
      this.#schedule(reaction);
    };
  }

  /** Does everything that is due and all that follows from it, now; false when it does not come to rest. */
  settle(): boolean {
    for (let round = 0; round < 1_000; round++) {
      if (!this.#work(Number.POSITIVE_INFINITY)) return true;
    }
    return false;
  }

  #schedule(delay: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.after(delay, () => {
      this.#scheduled = false;
      if (!this.#gate()) this.#schedule(1_000);
      else if (this.#work(200)) this.#schedule(reaction);
    });
  }

  /** Reconciles up to `budget` keys; true when something was or is left to do. */
  #work(budget: number): boolean {
    let done = 0;
    for (const [name, keys] of this.#keys) {
      const batch = [...keys].slice(0, budget - done);
      for (const key of batch) {
        keys.delete(key);
        this.#reconcilers.get(name)?.(key);
      }
      done += batch.length;
      if (done >= budget) return true;
    }
    return done > 0 || [...this.#keys.values()].some((keys) => keys.size > 0);
  }
}

/** Splits `namespace/name`. */
export function splitKey(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
