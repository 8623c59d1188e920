import type { Failure, FailureCode } from '../../domain/failure.ts';
import type { Policy } from '../../domain/policy.ts';
import type { StepRecord } from '../../domain/run.ts';

const spread = 0.2;

/**
 * Tries after which a person is asked, where each has taken minutes and tried several times by itself: kubeadm asks for
 * every image five times (PullImageRetry, cmd/kubeadm/app/constants).
 */
const fewerTries: Partial<Record<FailureCode, number>> = { 'images.pull-failed': 3 };

/**
 * Milliseconds until a failed attempt is tried again by itself, or undefined when a person has to decide: the failure
 * is not a passing one, or the budget is used up. Doubles from the first delay to the longest; spread by a fifth, so
 * that nodes that failed together do not come back together.
 * @param random a number in [0, 1)
 */
export function retryDelayMs(
  failure: Failure,
  record: Pick<StepRecord, 'attempt' | 'budgetFrom'>,
  retries: Policy['retries'],
  random: number,
): number | undefined {
  const tries = record.attempt - record.budgetFrom + 1;
  const most = Math.min(retries.attempts, fewerTries[failure.code] ?? Number.POSITIVE_INFINITY);
  if (failure.retry !== 'transient' || tries >= most) return undefined;
  const seconds = Math.min(retries.firstDelaySeconds * 2 ** (tries - 1), retries.longestDelaySeconds);
  return Math.round(seconds * 1_000 * (1 - spread + 2 * spread * random));
}

/** Milliseconds that no delay exceeds. */
export function longestDelayMs(retries: Policy['retries']): number {
  return Math.max(retries.firstDelaySeconds, retries.longestDelaySeconds) * 1_000 * (1 + spread);
}
