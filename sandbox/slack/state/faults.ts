import { z } from 'zod';

import type { Changes } from './changes.ts';

/** A fault that meets the next calls of one Web API method, then is gone. */
export const CallFault = z.strictObject({
  method: z.string(),
  times: z.int().min(1).default(1),
  how: z.discriminatedUnion('kind', [
    /** HTTP 429 with this Retry-After, in seconds. */
    z.strictObject({ kind: z.literal('rate-limit'), retryAfter: z.int().min(1).default(1) }),
    /** HTTP 200 with `ok: false` and this error. */
    z.strictObject({ kind: z.literal('error'), error: z.string() }),
    z.strictObject({ kind: z.literal('http'), status: z.int().min(400).max(599) }),
    /** The call takes effect, but its answer never arrives. */
    z.strictObject({ kind: z.literal('lost-answer') }),
    /** The call is answered after so many milliseconds. */
    z.strictObject({ kind: z.literal('slow'), ms: z.int().min(1).max(120_000) }),
  ]),
});
export type CallFault = z.infer<typeof CallFault>;

/** The switches; each stays as it is until switched again. */
export const Switches = z.strictObject({
  /** Slack down: the Web API answers 503, sockets are cut and refused. */
  down: z.boolean(),
  /** Every envelope is delivered twice, with the same envelope_id. */
  redeliver: z.boolean(),
  /** `plan` and `task_card` blocks are answered with invalid_blocks. */
  refusePlanBlocks: z.boolean(),
  /** Added to every Web API call, in milliseconds. */
  latencyMs: z.int().min(0).max(60_000),
});
export type Switches = z.infer<typeof Switches>;

const calm: Switches = { down: false, redeliver: false, refusePlanBlocks: false, latencyMs: 0 };

export class Faults {
  #switches: Switches = calm;
  #calls: { fault: CallFault; left: number }[] = [];
  readonly #changes: Changes;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get switches(): Switches {
    return this.#switches;
  }

  /** Block types that the workspace refuses now. */
  get withheldBlocks(): ReadonlySet<string> {
    return new Set(this.#switches.refusePlanBlocks ? ['plan', 'task_card'] : []);
  }

  get pendingCalls(): readonly CallFault[] {
    return this.#calls.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  set(switches: Partial<Switches>): void {
    this.#switches = { ...this.#switches, ...switches };
    this.#changes.announce({ kind: 'faults' });
  }

  meetNext(fault: CallFault): void {
    this.#calls.push({ fault, left: fault.times });
    this.#changes.announce({ kind: 'faults' });
  }

  /** The fault that a call of this method meets, if any; uses it up. */
  take(method: string): CallFault['how'] | undefined {
    const entry = this.#calls.find(({ fault }) => fault.method === method || fault.method === '*');
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left === 0) this.#calls = this.#calls.filter((other) => other !== entry);
    this.#changes.announce({ kind: 'faults' });
    return entry.fault.how;
  }

  clear(): void {
    this.#switches = calm;
    this.#calls = [];
    this.#changes.announce({ kind: 'faults' });
  }
}
