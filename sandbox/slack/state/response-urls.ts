import { secret } from './ids.ts';
import type { Clock } from './model.ts';

/** Slack: a response_url works 5 times within 30 minutes. */
const maxUses = 5;
const lifetimeMs = 30 * 60_000;

export interface ResponseTarget {
  readonly user: string;
  readonly channel: string;
  /** The message that was acted on: what `replace_original` and `delete_original` mean. */
  readonly original: { readonly ts: string; readonly ephemeral: boolean } | undefined;
}

interface ResponseUrl {
  readonly target: ResponseTarget;
  readonly expires: number;
  uses: number;
}

export type Use =
  | { readonly ok: true; readonly target: ResponseTarget }
  | { readonly ok: false; readonly error: 'no_such_url' | 'used_url' | 'expired_url' };

export class ResponseUrls {
  readonly #urls = new Map<string, ResponseUrl>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns the secret part of the URL. */
  issue(target: ResponseTarget): string {
    const key = secret(16);
    this.#urls.set(key, { target, expires: this.#clock.now() + lifetimeMs, uses: 0 });
    return key;
  }

  use(key: string): Use {
    const url = this.#urls.get(key);
    if (url === undefined) return { ok: false, error: 'no_such_url' };
    if (this.#clock.now() > url.expires) return { ok: false, error: 'expired_url' };
    if (url.uses >= maxUses) return { ok: false, error: 'used_url' };
    url.uses += 1;
    return { ok: true, target: url.target };
  }
}
