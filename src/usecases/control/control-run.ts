import type { RunEvent } from '../../domain/event.ts';
import { type Instant, instant } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { appendEvents } from '../../run/record/journal.ts';
import type { Asker, Denied } from '../asker.ts';
import type { UseCaseDeps } from '../deps.ts';
import { noSuchRun } from '../look/removed-run.ts';
import { refuseOperator } from '../permissions.ts';
import { clusterForRun } from '../rollback/target.ts';
import type { ControlOutcome } from '../use-cases.ts';

/** What a person's wish turns into in the run's present state: events, or the reason why not now. */
export type Decided = readonly RunEvent[] | string;

/**
 * Does what a person wants with a run, if they may and if its state has room for it. Whether they may is asked anew each
 * time; what follows is decided on the newest state, again after every lost race.
 */
export async function control(
  deps: UseCaseDeps,
  request: Asker & { run: Run['id'] },
  refuse: (run: Run) => Promise<Denied | undefined>,
  decide: (run: Run, at: Instant) => Decided,
): Promise<ControlOutcome> {
  const run = await deps.store.load(request.run);
  if (!run) return noSuchRun(deps, request.run, request.channel);
  const config = await clusterForRun(deps, run, request);
  if ('status' in config) return config;
  const refused = await refuse(run);
  if (refused) return refused;
  let reason: string | undefined;
  const appended = await appendEvents(deps.store, run.id, (present) => {
    const decided = decide(present, instant(deps.clock.now()));
    reason = typeof decided === 'string' ? decided : undefined;
    return typeof decided === 'string' ? [] : decided;
  });
  if (reason !== undefined) return { status: 'not-now', run: appended.run, reason };
  deps.onCommit(appended.run);
  return { status: 'accepted', run: appended.run };
}

/** For wishes of those who may operate the cluster. */
export const operatorOnly = (deps: UseCaseDeps, request: Asker) => async (run: Run) => {
  const config = deps.clusters.get(run.cluster);
  return config && refuseOperator(deps, config, run.cluster, request);
};

export function phraseOf(run: Run): string {
  return run.status === 'halted' ? 'waiting for a decision' : run.status;
}
