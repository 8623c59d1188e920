import { StepFailure } from '../domain/failure.ts';
import type { AttemptContext } from '../ports/step-handler.ts';
import { ageMs } from './steady-clock.ts';
import { type Look, type Waited, type WaitOptions, waitUntil } from './wait-until.ts';

/**
 * Waits as `waitUntil`, for a time that counts from when the attempt began, be it in an earlier process, and no longer than
 * the run is wanted: a wait that changes nothing may be left at any time. It is looked at least once.
 * @throws StepFailure command.stopped when the run is to be aborted; the signal's reason when it fires
 */
export async function waitUntilAbandoned<T>(
  look: () => Promise<Look<T>>,
  { signal, abandoned, startedAt }: Pick<AttemptContext, 'signal' | 'abandoned' | 'startedAt'>,
  { clock, timeoutMs }: Pick<WaitOptions, 'clock' | 'timeoutMs'>,
): Promise<Waited<T>> {
  try {
    return await waitUntil(look, {
      clock,
      signal: AbortSignal.any([signal, abandoned]),
      timeoutMs: Math.max(0, timeoutMs - ageMs(clock, startedAt)),
    });
  } catch (error) {
    if (!abandoned.aborted || signal.aborted || error instanceof StepFailure) throw error;
    throw new StepFailure('command.stopped', 'The wait was left: the run is to be aborted.', {
      retry: 'halt',
    });
  }
}
