import type { NodeName } from '../../domain/names.ts';
import { type Run, touchedNodes } from '../../domain/run.ts';
import type { NodeUpkeep } from '../../ports/remote-host.ts';
import type { RunStore } from '../../ports/run-store.ts';
import { type CatchUpDeps, catchUp } from './catch-up.ts';

export interface CleanUpDeps extends CatchUpDeps {
  readonly store: CatchUpDeps['store'] & Pick<RunStore, 'list' | 'pruneOutputs'>;
  readonly upkeep: Pick<NodeUpkeep, 'readOutput' | 'forgetRun'>;
}

/** The run itself and the one before it: what a crash left behind is removed when the next run ends. */
const runsTidied = 2;
/** Machines that are asked at the same time. */
const atOnce = 8;

/**
 * Removes what ended runs of a cluster left on its nodes: outputs of acts, files on their way. A run that stands halted
 * keeps everything; so does an act that still runs. Never fails: what stays costs a little disk, and is tried again.
 */
export async function cleanUp(deps: CleanUpDeps, ended: Run, signal: AbortSignal): Promise<void> {
  const over = await deps.store.list({
    cluster: ended.cluster,
    statuses: ['succeeded', 'aborted'],
    limit: runsTidied,
  });
  const runs = [ended, ...over.filter(({ id }) => id !== ended.id)].slice(0, runsTidied);
  // What nobody has read is read before it goes.
  for (const run of runs) if (!signal.aborted) await catchUp(deps, run);
  await deps.store.pruneOutputs(ended.cluster);
  const jobs = runs.flatMap((run) => touchedNodes(run).map((node) => ({ run, node })));
  const next = jobs.values();
  const work = async (): Promise<void> => {
    for (const { run, node } of next) {
      if (signal.aborted) return;
      await forget(deps, run, node);
    }
  };
  const working = Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, work));
  const done = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true, signal: done.signal });
  });
  // A machine that does not answer must not hold up a bot that is to stop.
  await Promise.race([working, stopped]);
  done.abort();
}

async function forget({ upkeep, log }: CleanUpDeps, run: Run, node: NodeName): Promise<void> {
  const about = { run: run.id, cluster: run.cluster, node };
  try {
    const kept = await upkeep.forgetRun(run.cluster, node, run.id);
    if (kept.length > 0) log.warn({ ...about, kept }, 'acts of a run that is over still run');
  } catch (error) {
    log.warn({ ...about, err: error }, 'what a run left on a node was not removed');
  }
}
