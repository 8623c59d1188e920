import { type FailureCode, StepFailure } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';

/** What one look found: what was waited for, or why not yet. */
export type Look<T> =
  | { readonly status: 'met'; readonly value: T }
  /** `why` ends the sentence "… did not happen: ". */
  | { readonly status: 'not-yet'; readonly why: string; readonly code?: FailureCode };

export type Waited<T> =
  | { readonly status: 'met'; readonly value: T; readonly afterMs: number }
  | {
      readonly status: 'timed-out';
      readonly afterMs: number;
      readonly why: string;
      readonly code?: FailureCode;
    };

export interface WaitOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Failures that a wait sees through: API servers and machines restart in the middle of what is waited for. */
const tolerated: ReadonlySet<FailureCode> = new Set(['kubernetes.unavailable', 'ssh.unreachable']);

const shortestPauseMs = 50;
const longestPauseMs = 2_000;

/**
 * Looks until it is met or the time is over, at first every 50 ms, then ever more seldom, every 2 s at last: it
 * pauses for a tenth of the time so far. Failures that the wait sees through are thrown when they are all that the last
 * look gave: then nobody knows how things are.
 * Throws the signal's reason when it fires.
 */
export async function waitUntil<T>(look: () => Promise<Look<T>>, options: WaitOptions): Promise<Waited<T>> {
  const { clock, signal, timeoutMs } = options;
  const began = clock.elapsed();
  for (;;) {
    throwIfStopped(signal);
    const looked = await lookTolerantly(look);
    const afterMs = clock.elapsed() - began;
    if (looked.status === 'met') return { ...looked, afterMs };
    if (afterMs >= timeoutMs) {
      if (looked.status === 'failed') throw looked.failure;
      return { ...looked, status: 'timed-out', afterMs };
    }
    const pauseMs = Math.min(Math.max(afterMs / 10, shortestPauseMs), longestPauseMs);
    await clock.sleep(Math.min(pauseMs, timeoutMs - afterMs), signal);
  }
}

async function lookTolerantly<T>(
  look: () => Promise<Look<T>>,
): Promise<Look<T> | { status: 'failed'; failure: StepFailure }> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    // A read that was too slow is transient by itself, whatever its code says of long acts.
    const passing =
      tolerated.has(error.code) || (error.code === 'command.timed-out' && error.retry === 'transient');
    if (!passing) throw error;
    return { status: 'failed', failure: error };
  }
}

/** Throws the signal's reason if it has fired. */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason instanceof Error ? signal.reason : new Error('stopped');
}

export const met = <T>(value: T): Look<T> => ({ status: 'met', value });
export const notYet = (why: string, code?: FailureCode): Look<never> => ({
  status: 'not-yet',
  why,
  ...(code === undefined ? {} : { code }),
});
