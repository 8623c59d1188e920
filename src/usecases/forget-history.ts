import { instant } from '../domain/names.ts';
import type { UseCaseDeps } from './deps.ts';

export interface HistoryPolicy {
  /** Days that details of a run are kept after its end. */
  readonly keepDays: number;
  /** So many of a cluster's newest runs keep them however old they are: estimates and rollbacks rest on them. */
  readonly keepRuns: number;
}

const dayMs = 24 * 3_600_000;
/** Each takes some ten milliseconds, in which nothing else happens. */
const betweenMs = 500;

/**
 * Removes plans, steps and events of runs that were over before `keepDays`, one run after the other. What stays of a run is
 * its line in lists: who asked for what, who approved it, when it was, how it ended; and its thread in Slack.
 */
export async function forgetHistory(
  deps: Pick<UseCaseDeps, 'store' | 'clock' | 'log'>,
  { keepDays, keepRuns }: HistoryPolicy,
  stopping: AbortSignal,
): Promise<void> {
  const before = instant(deps.clock.now() - keepDays * dayMs);
  while (!stopping.aborted) {
    const run = await deps.store.forgetOldest(before, keepRuns);
    if (run === undefined) return;
    deps.log.info({ run, keepDays }, 'details of an old run were removed');
    await deps.clock.sleep(betweenMs, stopping);
  }
}
