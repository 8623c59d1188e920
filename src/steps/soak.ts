import { StepFailure } from '../domain/failure.ts';
import type { Soak } from '../domain/step.ts';
import type { AttemptContext, StepHandler } from '../ports/step-handler.ts';
import type { StepDependencies } from './dependencies.ts';
import { workloadsFile } from './record-workloads.ts';
import { ageMs } from './steady-clock.ts';
import { type Look, met, notYet } from './wait-until.ts';
import { waitUntilAbandoned } from './wait-while-wanted.ts';
import { lessReady, type WorkloadRecord, WorkloadRecords } from './workloads.ts';

/** Beyond this people are told what is waited for. */
const tellAfterMs = 30_000;

/**
 * After a batch: the workloads whose pods had to move are as ready as before it, for as long as policy wants to see that
 * at least. There is nothing to do about it but to wait; a bad start of one pod in the new place stops the next batch.
 */
export function soak(deps: Pick<StepDependencies, 'kubernetesOf' | 'backups' | 'clock'>): StepHandler<Soak> {
  const missing = async (step: Soak, context: AttemptContext) =>
    lessReady(deps.kubernetesOf(context.cluster), await recorded(deps, step, context));

  return {
    async observe(step, context) {
      const isOver = ageMs(deps.clock, context.startedAt) >= step.input.minimumSeconds * 1_000;
      const isThrough = isOver && (await missing(step, context)).length === 0;
      return isThrough ? { status: 'done', facts: {} } : { status: 'to-do' };
    },
    act: () => Promise.resolve(),
    async verify(step, context) {
      const { batch, minimumSeconds, timeoutSeconds } = step.input;
      const began = deps.clock.elapsed() - ageMs(deps.clock, context.startedAt);
      const earliest = began + minimumSeconds * 1_000;
      const before = await recorded(deps, step, context);
      let told = false;
      const look = async (): Promise<Look<undefined>> => {
        const now = deps.clock.elapsed();
        const less = await lessReady(deps.kubernetesOf(context.cluster), before);
        if (less.length > 0 && !told && now >= began + tellAfterMs) {
          told = true;
          context.note(`waits for ${listed(less)}`);
        }
        if (less.length > 0) return notYet(listed(less));
        return now < earliest ? notYet('the least time is not over') : met(undefined);
      };
      const waited = await waitUntilAbandoned(look, context, {
        clock: deps.clock,
        timeoutMs: Math.max(timeoutSeconds, minimumSeconds) * 1_000,
      });
      if (waited.status === 'met') return {};
      throw new StepFailure(
        'soak.not-ready',
        `After ${batch} not everything came back in ${timeoutSeconds} s: ${waited.why}.`,
        { facts: { batch } },
      );
    },
  };
}

/** Nothing to compare with where the record was lost: then nobody can say what is missing. */
async function recorded(
  { backups }: Pick<StepDependencies, 'backups'>,
  step: Soak,
  { cluster, run }: AttemptContext,
): Promise<WorkloadRecord[]> {
  const text = await backups.readText(await backups.pathFor(cluster, run, workloadsFile(step)));
  return text === undefined ? [] : WorkloadRecords.parse(JSON.parse(text));
}

function listed(clauses: readonly string[]): string {
  const shown = clauses.slice(0, 5).join('; ');
  return clauses.length > 5 ? `${shown}; and ${clauses.length - 5} more` : shown;
}
