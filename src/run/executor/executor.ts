import { type ClusterName, instant, type RunId } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import { hasEnded, type Run, type StepRecord, underWayStatuses } from '../../domain/run.ts';
import type { Trouble } from '../../domain/trouble.ts';
import type { Log } from '../../ports/log.ts';
import type { NodeUpkeep } from '../../ports/remote-host.ts';
import type { Lease, RunStore } from '../../ports/run-store.ts';
import { appendEvents, createJournal, LeaseLost } from '../record/journal.ts';
import type { AttemptDeps } from './attempt.ts';
import { cleanUp } from './clean-up.ts';
import { type Bell, createBell, driveRun } from './drive.ts';

export interface ExecutorDeps extends AttemptDeps {
  readonly store: RunStore;
  readonly upkeep: Pick<NodeUpkeep, 'stopAct' | 'readOutput' | 'forgetRun'>;
  /** Whether the configuration (still) names the cluster. */
  readonly knows: (cluster: ClusterName) => boolean;
  /** Names this process in leases. */
  readonly owner: string;
  /** Told after every commit. */
  readonly onCommit: (run: Run) => void;
  /** Told when a run cannot go on for longer than a moment, and why; undefined: it can again. */
  readonly onTrouble?: (run: RunId, trouble: Trouble | undefined) => void;
  readonly log: Log;
}

export interface Executor {
  /** Takes every unfinished run up again. */
  start(): Promise<void>;
  /** Something was committed to a run from outside: an approval, a pause, a decision. */
  wake(id: RunId): void;
  /** Lets go of all runs at the next possible moment; what nodes are doing goes on there and is attached to later. */
  stop(): Promise<void>;
  /** Runs that are being driven now. */
  active(): number;
}

const leaseMs = 15_000;
const pauseAfterTroubleMs = 2_000;
const wellMs = 10_000;

/** Drives all unfinished runs, each under the lease of its cluster, for as long as the process lives. */
export function createExecutor(deps: ExecutorDeps): Executor {
  const stopping = new AbortController();
  const driven = new Map<RunId, { bell: Bell; done: Promise<void> }>();
  const calledMeanwhile = new Set<RunId>();
  const orphans = new Set<RunId>();

  const take = (id: RunId): void => {
    const known = driven.get(id);
    if (known) {
      calledMeanwhile.add(id);
      known.bell.ring();
      return;
    }
    if (stopping.signal.aborted) return;
    const bell = createBell();
    const done = keepDriving(deps, id, bell, orphans, stopping.signal).finally(() => {
      driven.delete(id);
      // What was committed after the last look is seen by nobody else.
      if (calledMeanwhile.delete(id)) take(id);
    });
    driven.set(id, { bell, done });
  };

  return {
    async start() {
      for (const run of await deps.store.heads({ statuses: underWayStatuses })) take(run.id);
    },
    wake: take,
    async stop() {
      stopping.abort();
      for (const { bell } of driven.values()) bell.ring();
      await Promise.all([...driven.values()].map(({ done }) => done));
    },
    active: () => driven.size,
  };
}

/**
 * Drives one run to its end, again after every trouble with the lease or the store.
 * @param orphans runs of which it was said that their cluster is not configured any more
 */
async function keepDriving(
  deps: ExecutorDeps,
  id: RunId,
  bell: Bell,
  orphans: Set<RunId>,
  stopping: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!stopping.aborted) {
    const began = deps.clock.elapsed();
    try {
      const run = await deps.store.load(id);
      if (!run || hasEnded(run) || run.status === 'proposed') return;
      if (!deps.knows(run.cluster)) {
        deps.onTrouble?.(id, { kind: 'not-configured' });
        if (!orphans.has(id)) await tellOrphan(deps, run);
        orphans.add(id);
        return;
      }
      const onHeld = () => deps.onTrouble?.(id, undefined);
      const driven = await driveUnderLease({ ...deps, onHeld }, run, bell, stopping);
      if (driven && hasEnded(driven)) return await cleanUp(deps, driven, stopping);
    } catch (error) {
      deps.log.error({ run: id, err: error }, 'driving a run was interrupted; it is taken up again');
      // One that went on well for a while has met something new.
      failures = deps.clock.elapsed() - began > wellMs ? 1 : failures + 1;
      const why = error instanceof Error ? error.message : String(error);
      if (failures > 1) deps.onTrouble?.(id, { kind: 'interrupted', why });
    }
    await deps.clock.sleep(pauseAfterTroubleMs, stopping);
  }
}

/** In the thread, too: whoever comes later wants to know why nothing happened. */
async function tellOrphan(deps: ExecutorDeps, { id, cluster, plan, steps }: Run): Promise<void> {
  deps.log.error({ run: id, cluster }, 'run of a cluster that is not configured any more');
  const next = stepsOf(plan).find(({ key }) => !isThrough(steps.get(key)?.status));
  if (!next) return;
  const text =
    `stands still: the configuration does not name ${cluster} any more. ` +
    'It goes on, or can be aborted, when the configuration names it again and the bot is restarted.';
  const note = { kind: 'step-noted', at: instant(deps.clock.now()), step: next.key, text } as const;
  const appended = await appendEvents(deps.store, id, () => [note]);
  deps.onCommit(appended.run);
}

const isThrough = (status: StepRecord['status'] | undefined) =>
  status === 'succeeded' || status === 'skipped';

async function driveUnderLease(
  deps: ExecutorDeps & { readonly onHeld: () => void },
  run: Run,
  bell: Bell,
  stopping: AbortSignal,
): Promise<Run | undefined> {
  const lease = await deps.store.acquireLease(run.cluster, deps.owner, leaseMs);
  if (!lease) return undefined;
  deps.onHeld();
  const lost = new AbortController();
  const over = new AbortController();
  const signal = AbortSignal.any([stopping, lost.signal]);
  const renewing = watchLease(deps, lease, over.signal, () => {
    lost.abort(new LeaseLost(run.id));
    bell.ring();
  });
  try {
    const journal = createJournal(deps.store, run, lease.fence, deps.onCommit);
    await driveRun(deps, journal, bell, lease.fence, signal);
    return journal.run;
  } finally {
    over.abort();
    await renewing;
    if (!lost.signal.aborted) await deps.store.releaseLease(lease);
  }
}

async function watchLease(
  deps: ExecutorDeps,
  lease: Lease,
  over: AbortSignal,
  onLost: () => void,
): Promise<void> {
  if (!(await keepLease(deps, lease, over))) onLost();
}

/** Renews the lease until it is over (true) or was lost (false). A store in trouble counts as lost once it expired. */
async function keepLease(deps: ExecutorDeps, lease: Lease, over: AbortSignal): Promise<boolean> {
  let lastRenewed = deps.clock.elapsed();
  while (!over.aborted) {
    await deps.clock.sleep(leaseMs / 3, over);
    if (over.aborted) return true;
    try {
      if (!(await deps.store.renewLease(lease, leaseMs))) return false;
      lastRenewed = deps.clock.elapsed();
    } catch (error) {
      deps.log.warn({ cluster: lease.cluster, err: error }, 'lease could not be renewed');
      if (deps.clock.elapsed() - lastRenewed > leaseMs) return false;
    }
  }
  return true;
}
