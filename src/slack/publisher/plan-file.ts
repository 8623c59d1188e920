import { hasEnded } from '../../domain/run.ts';
import type { Telling } from '../../ports/run-store.ts';
import { planMarkdown } from '../markdown/plan.ts';
import type { Shared } from './deps.ts';
import { contextFor, type Manuscript } from './manuscript.ts';

/** Waits before a further try of an upload that Slack has surely not taken. */
const patienceMs = [5_000, 30_000, 120_000] as const;

/** The whole plan as a file in the run's thread: put there once; after a crash in the middle at most twice. */
export interface PlanFile {
  /** Milliseconds until there is something to do; undefined when there is nothing any more. */
  dueInMs(current: Manuscript, now: number): number | undefined;
  /** One try; what came of it is in the telling. */
  put(current: Manuscript, parentTs: string): Promise<void>;
}

/** @param save the telling with what has become of the file */
export function createPlanFile(shared: Shared, save: (telling: Telling) => Promise<void>): PlanFile {
  const { deps, time } = shared;
  let setBacks = 0;
  let heldUntil = 0;

  return {
    dueInMs({ run, telling }, now) {
      const isOver = telling.planFile === 'done' || telling.planFile === 'twice' || hasEnded(run);
      return isOver ? undefined : Math.max(0, heldUntil - now);
    },
    async put({ run, telling }, parentTs) {
      // Written before: whoever takes over after a crash knows that the file may be there already.
      await save({ ...telling, planFile: telling.planFile === undefined ? 'once' : 'twice' });
      const outcome = await deps.messenger.uploadFile(telling.channel, parentTs, {
        name: `${run.cluster}-${run.plan.to}-${run.id}.md`,
        title: `The whole plan ${run.id}`,
        content: planMarkdown(run, contextFor(deps, run, {}), deps.runbooks),
      });
      if (outcome.status === 'uploaded') return save({ ...telling, planFile: 'done' });
      deps.log.warn({ run: run.id, outcome }, 'the file of a plan could not be put into its thread');
      const wait = patienceMs[setBacks];
      // A scope that is missing will be missing next time; Details has everything all the same.
      if (outcome.status === 'refused' || wait === undefined) return save({ ...telling, planFile: 'done' });
      setBacks += 1;
      heldUntil = time() + wait;
      const isSurelyNotThere = outcome.status === 'rate-limited' || outcome.sent === 'no';
      if (isSurelyNotThere) await save(telling);
    },
  };
}
