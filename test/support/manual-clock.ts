import type { Clock } from '../../src/ports/clock.ts';

/** A clock that stands still until a test moves it, both its sides alike. Sleepers wake in order, at their own moment. */
export class ManualClock implements Clock {
  #now: number;
  /** By how much the time of day was set. */
  #set = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(now = Date.parse('2026-11-23T09:00:00.000Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now + this.#set;
  }

  elapsed(): number {
    return this.#now;
  }

  /** Sets the time of day forward, or back: nothing else goes on for it. */
  set(byMs: number): void {
    this.#set += byMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          resolve();
        },
        { once: true },
      );
    });
  }

  /** When the next sleeper wakes; undefined while nobody sleeps. */
  nextWake(): number | undefined {
    return this.#sleepers.length === 0
      ? undefined
      : this.#set + Math.min(...this.#sleepers.map(({ at }) => at));
  }

  /** Lets everything that is ready run, without time going on. */
  async settle(): Promise<void> {
    for (let round = 0; round < 8; round += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets time go by, waking whoever sleeps until then. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let woken = 0; woken < 100_000; woken += 1) {
      const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
      await this.settle();
    }
    this.#now = end;
  }
}
