import { hasEnded } from '../../domain/run.ts';
import type { Telling } from '../../ports/run-store.ts';
import { planMarkdown } from '../markdown/plan.ts';
import type { Shared } from './deps.ts';
import { createFileTries } from './file-tries.ts';
import { contextFor, type Manuscript } from './manuscript.ts';

/** The whole plan as a file in the run's thread. */
export interface PlanFile {
  /** Milliseconds until there is something to do; undefined when there is nothing any more. */
  dueInMs(current: Manuscript, now: number): number | undefined;
  /** One try; what came of it is in the telling. */
  put(current: Manuscript, parentTs: string): Promise<void>;
}

/** @param save the telling with what has become of the file */
export function createPlanFile(shared: Shared, save: (telling: Telling) => Promise<void>): PlanFile {
  const { deps, time } = shared;
  const tries = createFileTries(time);

  return {
    dueInMs: ({ run, telling }, now) => (hasEnded(run) ? undefined : tries.dueInMs(telling.planFile, now)),
    async put({ run, telling }, parentTs) {
      const { planFile, ...rest } = telling;
      const outcome = await tries.put(
        planFile,
        (state) => save(state === undefined ? rest : { ...rest, planFile: state }),
        () =>
          deps.messenger.uploadFile(telling.channel, parentTs, {
            name: `${run.cluster}-${run.plan.to}-${run.id}.md`,
            title: `The whole plan ${run.id}`,
            content: planMarkdown(run, contextFor(deps, run, {}), deps.runbooks),
          }),
      );
      if (outcome === undefined) return;
      deps.log.warn({ run: run.id, outcome }, 'the file of a plan could not be put into its thread');
      // Details has everything all the same.
      if (tries.isGivenUp()) await save({ ...rest, planFile: 'done' });
    },
  };
}
