import { instant, type UserId } from '../../domain/names.ts';
import { hasEnded, type Run } from '../../domain/run.ts';
import { appendEvents, ClusterHeld } from '../../run/record/journal.ts';
import type { UseCaseDeps } from '../deps.ts';
import { standsStill } from './target.ts';

type Deps = Pick<UseCaseDeps, 'store' | 'clock' | 'onCommit'>;

/** How long an approval waits for the upgrade to end before it leaves the rest to the next look. */
const patienceMs = 20_000;
const betweenMs = 200;

/** The upgrade that has to end before a rollback can have its cluster; undefined where none is under way. */
export async function upgradeInTheWay(
  { store }: Pick<UseCaseDeps, 'store'>,
  run: Run,
): Promise<Run | undefined> {
  if (run.plan.purpose.kind !== 'rollback') return undefined;
  const of = await store.load(run.plan.purpose.of);
  return of && !hasEnded(of) ? of : undefined;
}

/**
 * Begins what has all its approvals and waits for the upgrade that it takes back to end. Each step is committed before the
 * next and can be repeated: the approvals are there first, then the upgrade is aborted, then, once it has ended, the
 * rollback is approved. A crash anywhere leaves a proposal with all its approvals, which the next look takes on.
 */
export async function beginRollbacks(deps: Deps): Promise<void> {
  for (const head of await deps.store.heads({ kind: 'rollback', statuses: ['proposed'] })) {
    const run = await deps.store.load(head.id);
    if (run) await advance(deps, run);
  }
}

/** The same for one run, with some patience for the upgrade's end; gives the run as it is by then. */
export async function beginRollback(deps: Deps, run: Run): Promise<Run> {
  const until = deps.clock.elapsed() + patienceMs;
  let present = run;
  for (;;) {
    present = await advance(deps, present);
    if (present.status !== 'proposed' || deps.clock.elapsed() >= until) return present;
    await deps.clock.sleep(betweenMs);
    present = (await deps.store.load(present.id)) ?? present;
  }
}

function hasItsApprovals({ status, approvals, plan }: Run): boolean {
  return status === 'proposed' && approvals.length >= plan.policy.approvals.needed;
}

async function advance(deps: Deps, run: Run): Promise<Run> {
  if (!hasItsApprovals(run)) return run;
  const of = await upgradeInTheWay(deps, run);
  const by = run.approvals.at(-1)?.by ?? run.requestedBy;
  if (of?.status === 'aborting') return run;
  if (of)
    return standsStill(of, deps.clock.now()) ? abortUpgrade(deps, run, of, by) : voidRollback(deps, run, of);
  try {
    const approved = await appendEvents(deps.store, run.id, (present) =>
      hasItsApprovals(present) ? [{ kind: 'run-approved', at: instant(deps.clock.now()) }] : [],
    );
    if (approved.events.length > 0) deps.onCommit(approved.run);
    return approved.run;
  } catch (error) {
    // Another run was quicker to get the cluster; this one waits, or expires.
    if (error instanceof ClusterHeld) return run;
    throw error;
  }
}

async function abortUpgrade(deps: Deps, run: Run, { id }: Run, by: UserId): Promise<Run> {
  const aborted = await appendEvents(deps.store, id, (present) =>
    standsStill(present, deps.clock.now())
      ? [{ kind: 'abort-requested', at: instant(deps.clock.now()), by }]
      : [],
  );
  if (aborted.events.length > 0) deps.onCommit(aborted.run);
  return run;
}

/** Somebody had the upgrade go on meanwhile: what was approved rests on a cluster that is no more. */
async function voidRollback(deps: Deps, run: Run, of: Run): Promise<Run> {
  const reason = `Run ${of.id} goes on: it stood still when this was planned. Pause it, then ask again.`;
  const voided = await appendEvents(deps.store, run.id, (present) =>
    hasItsApprovals(present) ? [{ kind: 'run-voided', at: instant(deps.clock.now()), reason }] : [],
  );
  if (voided.events.length > 0) deps.onCommit(voided.run);
  return voided.run;
}
