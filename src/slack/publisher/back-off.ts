import { assertNever } from '../../domain/assert-never.ts';
import type { RunId } from '../../domain/names.ts';
import type { PostOutcome } from '../../ports/messenger.ts';
import type { Shared } from './deps.ts';
import { again, atOnce, type Next } from './next.ts';

const firstBackoffMs = 1_000;
const longestBackoffMs = 30_000;
/** After a refusal that only a person can put right. */
const slowRetryMs = 60_000;

type NotPosted = Exclude<PostOutcome, { status: 'posted' }>;

/** When to try again what Slack did not take. */
export interface BackOff {
  /** Milliseconds for which nothing of this run is sent. */
  heldMs(now: number): number;
  /** Slack took something: the next trouble is a first one. */
  answered(): void;
  /** @param hold keeps what other runs share from sending until then */
  after(outcome: NotPosted, hold: (until: number) => void): Next;
}

export function createBackOff({ deps: { log }, time }: Shared, id: RunId): BackOff {
  let backoffMs = 0;
  let heldUntil = 0;
  return {
    heldMs: (now) => Math.max(0, heldUntil - now),
    answered() {
      backoffMs = 0;
    },
    after(outcome, hold) {
      const now = time();
      switch (outcome.status) {
        case 'rate-limited':
          hold(now + Math.max(firstBackoffMs, outcome.retryAfterMs));
          log.warn({ run: id, retryAfterMs: outcome.retryAfterMs }, 'slack asks the publisher to slow down');
          return atOnce;
        case 'unavailable':
          backoffMs = Math.min(longestBackoffMs, Math.max(firstBackoffMs, backoffMs * 2));
          heldUntil = now + backoffMs;
          log.warn({ run: id, reason: outcome.reason, backoffMs }, 'slack does not answer the publisher');
          return again(backoffMs);
        case 'refused':
          heldUntil = now + slowRetryMs;
          log.error({ run: id, error: outcome.error }, 'slack refuses the message of a run');
          return again(slowRetryMs);
        default:
          return assertNever(outcome);
      }
    },
  };
}
