import type { RunEvent } from '../../domain/event.ts';
import type { RunId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import type { RunStore } from '../../ports/run-store.ts';
import { transitions } from './transition.ts';

/** Another process has taken the cluster's lease: whatever this one still believes is stale. */
export class LeaseLost extends Error {
  constructor(run: RunId) {
    super(`The lease of run ${run} has gone to another process`);
    this.name = 'LeaseLost';
  }
}

/** Another run holds the cluster: this one cannot be approved now. */
export class ClusterHeld extends Error {
  constructor(run: RunId) {
    super(`Run ${run} cannot have its cluster now: another run holds it`);
    this.name = 'ClusterHeld';
  }
}

/** A commit that lost this many races in a row is no race but a bug. */
const mostConflicts = 50;

/**
 * Decides on the newest state of a run and commits what was decided; decides again when somebody else committed in
 * between. No events: nothing is committed.
 * @param decide gives the events that follow from the state; may be called several times, has no effects of its own
 * @param known a state that was loaded before, to save the first load
 * @throws LeaseLost when a fence was given and is beaten; ClusterHeld; RangeError when the run is not there
 */
export async function appendEvents(
  store: Pick<RunStore, 'load' | 'commit'>,
  id: RunId,
  decide: (run: Run) => readonly RunEvent[],
  options: { fence?: number; known?: Run } = {},
): Promise<{ run: Run; events: readonly RunEvent[] }> {
  let run = options.known ?? (await load(store, id));
  for (let conflicts = 0; conflicts < mostConflicts; conflicts += 1) {
    const events = decide(run);
    if (events.length === 0) return { run, events };
    const after = transitions(run, events);
    const outcome = await store.commit(after, events, options.fence);
    if (outcome.status === 'committed') return { run: after, events };
    if (outcome.status === 'fenced') throw new LeaseLost(id);
    if (outcome.status === 'cluster-held') throw new ClusterHeld(id);
    run = await load(store, id);
  }
  throw new Error(`Run ${id} changed ${mostConflicts} times under one decision`);
}

async function load(store: Pick<RunStore, 'load'>, id: RunId): Promise<Run> {
  const run = await store.load(id);
  if (!run) throw new RangeError(`There is no run ${id}`);
  return run;
}

/** The one writer of a run that is being executed: keeps its newest state, commits one decision after the other. */
export interface Journal {
  readonly run: Run;
  append(decide: (run: Run) => readonly RunEvent[]): Promise<Run>;
  /** Reads what others committed. */
  refresh(): Promise<Run>;
}

/** @param onCommit told after every commit, for projections */
export function createJournal(
  store: Pick<RunStore, 'load' | 'commit' | 'events'>,
  start: Run,
  fence: number,
  onCommit: (run: Run) => void,
): Journal {
  let run = start;
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };
  return {
    get run() {
      return run;
    },
    append: (decide) =>
      inTurn(async () => {
        const appended = await appendEvents(store, run.id, decide, { fence, known: run });
        run = appended.run;
        if (appended.events.length > 0) onCommit(run);
        return run;
      }),
    refresh: () =>
      inTurn(async () => {
        // A run of a thousand nodes has thousands of steps: they are read only when somebody else has committed.
        const news = await store.events(run.id, run.revision);
        if (news.length > 0) run = await load(store, run.id);
        return run;
      }),
  };
}
