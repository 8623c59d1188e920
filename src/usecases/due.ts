import type { RunId } from '../domain/names.ts';
import type { UseCaseDeps } from './deps.ts';
import { createDrills } from './drill/advance.ts';
import { forgetHistory, type HistoryPolicy } from './forget-history.ts';
import { expireProposals } from './proposal/expire.ts';
import { beginRollbacks } from './rollback/begin.ts';
import { reportRollbacks } from './rollback/report.ts';

/** Does what is due although nobody presses anything. */
export interface Due {
  start(): void;
  /** Begins nothing more, and waits for what is in hand, at most `capMs` for a look at a cluster. */
  stop(capMs: number): Promise<void>;
}

const betweenRoundsMs = 5_000;
const betweenDrillsMs = 3_000;
const betweenCleaningsMs = 3_600_000;

/**
 * Goes on with what waits for a time or for another run's end: approved rollbacks begin, upgrades learn of rollbacks that
 * are over, old proposals expire, drills turn round. Each reads from the store what there is to do, so a round that fails
 * or that a death cuts short is made good by the next.
 */
export function createDue(deps: UseCaseDeps, history: HistoryPolicy): Due {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const reported = new Set<RunId>();
  const drills = createDrills(deps);
  let rounds: Promise<void> = Promise.resolve();
  let drilling: Promise<void> = Promise.resolve();
  let cleaning: Promise<void> = Promise.resolve();

  const repeat = async (pauseMs: number, work: readonly Work[]): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const { attempt, failed } of work) {
        await attempt().catch((error: unknown) => log.error({ err: error }, failed));
      }
      await clock.sleep(pauseMs, stopping.signal);
    }
  };

  return {
    start() {
      rounds = repeat(betweenRoundsMs, [
        {
          attempt: () => beginRollbacks(deps),
          failed: 'beginning an approved rollback failed; it is tried again',
        },
        {
          attempt: () => reportRollbacks(deps, reported),
          failed: 'telling of a rollback that is over failed; it is tried again',
        },
        { attempt: () => expireProposals(deps), failed: 'looking for expired proposals failed' },
      ]);
      // Apart from the rest: a look at a cluster takes longer than a person waits for the others.
      drilling = repeat(betweenDrillsMs, [
        { attempt: () => drills.advance(), failed: 'looking for drills failed; it is tried again' },
      ]);
      cleaning = repeat(betweenCleaningsMs, [
        {
          attempt: () => forgetHistory(deps, history, stopping.signal),
          failed: 'removing details of old runs failed; it is tried again',
        },
      ]);
    },
    async stop(capMs) {
      stopping.abort();
      await rounds;
      await cleaning;
      // A look that is under way changes nothing, and the next process looks again.
      const enough = new AbortController();
      await Promise.race([drilling, clock.sleep(capMs, enough.signal)]);
      enough.abort();
    },
  };
}

interface Work {
  readonly attempt: () => Promise<void>;
  /** What is logged when it fails. */
  readonly failed: string;
}
