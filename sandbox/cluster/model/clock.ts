interface Timer {
  due: number;
  order: number;
  fire: () => void;
}

/** How late a timer may fire before time stands still, in real milliseconds. */
const lateness = 4;

/** A pending timer; `cancel` is idempotent. */
export interface Cancel {
  (): void;
}

/**
 * The one source of time of a simulated cluster. Durations are given in the milliseconds a real cluster would need and
 * pass `scale` times faster; the date is the host's own, so that a Lease or a creationTimestamp never lies in the future
 * of whoever reads it.
 */
export class Clock {
  #scale: number;
  #virtual = 0;
  #measuredAt = performance.now();
  #heap: Timer[] = [];
  #order = 0;
  #handle: NodeJS.Timeout | undefined;
  #stopped = false;
  /** When the armed timer ought to fire, in the host's milliseconds. */
  #expected = Number.POSITIVE_INFINITY;

  constructor(scale: number) {
    this.#scale = checkedScale(scale);
  }

  get scale(): number {
    return this.#scale;
  }

  /** Simulated milliseconds since the clock started. */
  elapsed(): number {
    const now = performance.now();
    // A host that is too busy to fire a timer in time slows the cluster down instead of letting its deadlines pass.
    const counted = Math.min(now, this.#expected + lateness) - this.#measuredAt;
    this.#virtual += Math.max(0, counted) * this.#scale;
    this.#measuredAt = now;
    return this.#virtual;
  }

  /** The host's date. */
  now(): Date {
    return new Date();
  }

  /** Running timers keep what they have waited and go on at the new pace. */
  setScale(scale: number): void {
    this.elapsed();
    this.#scale = checkedScale(scale);
    this.#arm();
  }

  /** Calls `fire` once, `ms` simulated milliseconds from now. */
  after(ms: number, fire: () => void): Cancel {
    if (this.#stopped) return () => {};
    const timer: Timer = { due: this.elapsed() + Math.max(0, ms), order: this.#order++, fire };
    push(this.#heap, timer);
    if (this.#heap[0] === timer) this.#arm();
    return () => {
      timer.fire = () => {};
    };
  }

  /** Resolves after `ms` simulated milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = () => {
        cancel();
        reject(signal?.reason as Error);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Resolves true as soon as `condition` holds, false after `ms` simulated milliseconds. */
  async until(condition: () => boolean, ms: number, every: number, signal?: AbortSignal): Promise<boolean> {
    const end = this.elapsed() + ms;
    while (!condition()) {
      if (this.elapsed() >= end) return false;
      await this.sleep(every, signal);
    }
    return true;
  }

  /** Forgets every timer: nothing fires any more and no handle stays open. */
  stop(): void {
    this.#stopped = true;
    this.#heap = [];
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  #arm(): void {
    clearTimeout(this.#handle);
    const next = this.#heap[0];
    const elapsed = this.elapsed();
    this.#expected = Number.POSITIVE_INFINITY;
    if (next === undefined) return;
    const wait = Math.max(0, Math.min((next.due - elapsed) / this.#scale, 60_000));
    this.#expected = performance.now() + wait;
    this.#handle = setTimeout(() => this.#run(), wait);
  }

  #run(): void {
    // One batch per turn: what the batch schedules waits for the next turn, so that other work of the process gets in.
    const now = this.elapsed();
    for (let budget = 500; budget > 0 && this.#heap[0] !== undefined && this.#heap[0].due <= now; budget--) {
      pop(this.#heap)?.fire();
    }
    if (!this.#stopped) this.#arm();
  }
}

function checkedScale(scale: number): number {
  if (!Number.isFinite(scale) || scale <= 0)
    throw new RangeError(`time scale must be above zero, got ${scale}`);
  return scale;
}

const before = (a: Timer, b: Timer) => a.due < b.due || (a.due === b.due && a.order < b.order);

function push(heap: Timer[], timer: Timer): void {
  let at = heap.push(timer) - 1;
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up] as Timer;
    if (!before(timer, parent)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): Timer | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++;
    if (!before(heap[child] as Timer, last)) break;
    heap[at] = heap[child] as Timer;
    at = child;
  }
  heap[at] = last;
  return top;
}
