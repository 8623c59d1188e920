import { secret } from './ids.ts';
import type { Clock } from './model.ts';

/** Slack: a trigger_id opens one view, within 3 seconds of what the user did. */
const lifetimeMs = 3_000;

interface Trigger {
  readonly user: string;
  /** The modal that the user acted in, which a pushed view goes on top of. */
  readonly inView: string | undefined;
  readonly expires: number;
  exchanged: boolean;
}

export type Exchange =
  | { readonly ok: true; readonly user: string; readonly inView: string | undefined }
  | {
      readonly ok: false;
      readonly error: 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';
    };

export class Triggers {
  readonly #triggers = new Map<string, Trigger>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(user: string, inView?: string): string {
    const id = `${Math.floor(this.#clock.now())}.${Math.floor(Math.random() * 1e12)}.${secret(16)}`;
    this.#triggers.set(id, { user, inView, expires: this.#clock.now() + lifetimeMs, exchanged: false });
    return id;
  }

  exchange(id: string): Exchange {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) return { ok: false, error: 'invalid_trigger_id' };
    if (trigger.exchanged) return { ok: false, error: 'exchanged_trigger_id' };
    if (this.#clock.now() > trigger.expires) return { ok: false, error: 'expired_trigger_id' };
    trigger.exchanged = true;
    return { ok: true, user: trigger.user, inView: trigger.inView };
  }
}
