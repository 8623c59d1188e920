import type { Failure } from '../domain/failure.ts';
import type { Policy } from '../domain/policy.ts';
import type { StepRecord } from '../domain/run.ts';

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
  if (failure.retry !== 'transient' || tries >= retries.attempts) return undefined;
  const seconds = Math.min(retries.firstDelaySeconds * 2 ** (tries - 1), retries.longestDelaySeconds);
  return Math.round(seconds * 1_000 * (0.8 + 0.4 * random));
}
