import { StepFailure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import type { AttemptContext } from '../ports/step-handler.ts';
import { type Look, type Waited, waitUntil } from './wait-until.ts';

/**
 * Waits as `waitUntil`, to a moment that does not move when the attempt is taken up again, and no longer than the run is
 * wanted: a wait that changes nothing may be left at any time.
 * @param until milliseconds since the epoch; it is looked at least once
 * @throws StepFailure command.stopped when the run is to be aborted; the signal's reason when it fires
 */
export async function waitUntilAbandoned<T>(
  look: () => Promise<Look<T>>,
  { signal, abandoned }: Pick<AttemptContext, 'signal' | 'abandoned'>,
  { clock, until }: { clock: Clock; until: number },
): Promise<Waited<T>> {
  try {
    return await waitUntil(look, {
      clock,
      signal: AbortSignal.any([signal, abandoned]),
      timeoutMs: Math.max(0, until - clock.now()),
    });
  } catch (error) {
    if (!abandoned.aborted || signal.aborted || error instanceof StepFailure) throw error;
    throw new StepFailure('command.stopped', 'The wait was left: the run is to be aborted.', {
      retry: 'halt',
    });
  }
}
