import type { RateLimits } from '../options.ts';
import type { Clock } from '../state/model.ts';

/** How often a method may be called: so many calls in any window of so many milliseconds. */
export interface RateRule {
  readonly calls: number;
  readonly windowMs: number;
  /** `channel`: counted for each channel on its own. */
  readonly per: 'workspace' | 'channel';
}

/** Slack's tiers are "n or more per minute"; exactly n are let through here. */
export const tier = {
  one: { calls: 10, windowMs: 60_000, per: 'workspace' },
  two: { calls: 20, windowMs: 60_000, per: 'workspace' },
  three: { calls: 50, windowMs: 60_000, per: 'workspace' },
  four: { calls: 100, windowMs: 60_000, per: 'workspace' },
  special: { calls: 300, windowMs: 60_000, per: 'workspace' },
  /** chat.postMessage: about one a second in each channel, with a small burst. */
  posting: { calls: 5, windowMs: 5_000, per: 'channel' },
} as const satisfies Record<string, RateRule>;

export interface RateUsage {
  readonly method: string;
  readonly channel: string | undefined;
  /** Calls let through in the window that ends now. */
  readonly used: number;
  readonly allowed: number;
  readonly windowMs: number;
  /** Calls answered with 429 since the workspace started. */
  readonly refused: number;
}

interface Counter {
  readonly method: string;
  readonly channel: string | undefined;
  readonly rule: RateRule;
  times: number[];
  refused: number;
}

export class RateLimiter {
  readonly #counters = new Map<string, Counter>();
  readonly #clock: Clock;
  #limits: RateLimits;

  constructor(limits: RateLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get limits(): RateLimits {
    return this.#limits;
  }

  set(limits: RateLimits): void {
    this.#limits = limits;
  }

  /** @returns seconds to wait (whole, at least 1) if the call is one too many, else undefined. */
  take(method: string, rule: RateRule, channel: string | undefined): number | undefined {
    const counter = this.#counter(method, rule, rule.per === 'channel' ? channel : undefined);
    const now = this.#clock.now();
    counter.times = counter.times.filter((time) => time > now - rule.windowMs);
    const oldest = counter.times.at(-this.#allowed(rule));
    if (oldest === undefined) {
      counter.times.push(now);
      return undefined;
    }
    counter.refused += 1;
    return Math.max(1, Math.ceil((oldest + rule.windowMs - now) / 1000));
  }

  usage(): RateUsage[] {
    const now = this.#clock.now();
    return [...this.#counters.values()].map(({ method, channel, rule, times, refused }) => ({
      method,
      channel,
      used: times.filter((time) => time > now - rule.windowMs).length,
      allowed: this.#allowed(rule),
      windowMs: rule.windowMs,
      refused,
    }));
  }

  #allowed(rule: RateRule): number {
    if (this.#limits === 'off') return Number.MAX_SAFE_INTEGER;
    return this.#limits === 'slack' ? rule.calls : Math.max(1, Math.floor(rule.calls * this.#limits.scale));
  }

  #counter(method: string, rule: RateRule, channel: string | undefined): Counter {
    const key = `${method} ${channel ?? ''}`;
    const known = this.#counters.get(key);
    if (known !== undefined) return known;
    const counter: Counter = { method, channel, rule, times: [], refused: 0 };
    this.#counters.set(key, counter);
    return counter;
  }
}
