import type { ClusterConfig } from '../../config.ts';
import { allowedVerdicts, type DrillPlan, type DrillReport } from '../../domain/drill.ts';
import type { RunEvent } from '../../domain/event.ts';
import { instant, type RunId } from '../../domain/names.ts';
import type { Plan } from '../../domain/plan.ts';
import { drillOf } from '../../domain/rollback.ts';
import { isUnderWay, type Run, underWayStatuses } from '../../domain/run.ts';
import { appendEvents, ClusterHeld } from '../../run/record/journal.ts';
import type { UseCaseDeps } from '../deps.ts';
import { standingApprovals } from '../permissions.ts';
import { planBack, storeRollback } from '../rollback/propose.ts';
import { rollbacksOf } from '../rollback/target.ts';
import { isHalfWay } from './drill.ts';
import { proofOf } from './report.ts';

/** For so long what cannot be looked at is tried again, before people are asked. */
const patienceMs = 20 * 60_000;
/** A look goes over every machine: after one in vain it is not repeated at once. */
const betweenLooksMs = 20_000;
/** A drill that began longer ago has been told of, or nobody waits for it any more. */
const lookedBackMs = 30 * 24 * 3_600_000;

/**
 * Takes drills on whose upgrade is through: plans the way back from the cluster as it is, begins it with the approvals of
 * the upgrade where the drill's plan allows that, and reports when it is over. Where the drill stands is read from the
 * store alone each time: which rollback of it there is, what became of that, and whether the drill's end was written down.
 * So a process that dies anywhere, twice, is followed by one that does the next thing, and nothing is done twice.
 */
export function createDrills(deps: UseCaseDeps): { advance(): Promise<void> } {
  const over = new Set<RunId>();
  const notBefore = new Map<RunId, number>();
  return {
    async advance() {
      const createdAfter = instant(deps.clock.now() - lookedBackMs);
      const statuses = ['succeeded'] as const;
      for (const head of await deps.store.heads({ kind: 'upgrade', statuses, createdAfter })) {
        if (drillOf(head) === undefined || over.has(head.id)) continue;
        if (deps.clock.elapsed() < (notBefore.get(head.id) ?? 0)) continue;
        const upgrade = await deps.store.load(head.id);
        if (upgrade === undefined || !isHalfWay(upgrade)) {
          over.add(head.id);
          continue;
        }
        const moved = await advance(deps, upgrade).catch((error: unknown) => {
          deps.log.error({ err: error, run: upgrade.id }, 'taking a drill on failed; it is tried again');
          return 'later' as const;
        });
        if (moved === 'later') notBefore.set(head.id, deps.clock.elapsed() + betweenLooksMs);
      }
    },
  };
}

/** `later`: something that may pass by itself is in the way. */
type Moved = 'done' | 'later';

async function advance(deps: UseCaseDeps, upgrade: Run): Promise<Moved> {
  const drill = drillOf(upgrade);
  if (drill === undefined) return 'done';
  const found = await wayBackOf(deps, upgrade);
  if (found === undefined) return planWayBack(deps, upgrade, drill);
  const isOpen = found.status === 'proposed' && found.approvals.length === 0;
  if (isOpen) return approveWayBack(deps, upgrade, found);
  if (found.status === 'proposed' || isUnderWay(found)) return 'done';
  if (found.status !== 'succeeded') {
    const reason = `The way back is ${endWords[found.status] ?? 'over'}${found.endReason === undefined ? '.' : `: ${found.endReason}`}`;
    return end(deps, upgrade, { outcome: 'stopped', reason, run: found.id });
  }
  const report = await proofOf(deps, upgrade, found, hasWaited(deps, found));
  return report === undefined ? 'later' : end(deps, upgrade, report);
}

const endWords: Readonly<Partial<Record<Run['status'], string>>> = {
  aborted: 'aborted: its message says what stays as it is',
  rejected: 'rejected',
  expired: 'expired before enough people had approved it',
  voided: 'void',
};

/** The drill's own rollback, where it was planned. */
async function wayBackOf(deps: UseCaseDeps, { cluster, id }: Run): Promise<Run | undefined> {
  const all = await rollbacksOf(deps, cluster, id);
  return all.find(({ plan }) => plan.purpose.kind === 'rollback' && plan.purpose.drill === true);
}

async function planWayBack(deps: UseCaseDeps, upgrade: Run, drill: DrillPlan): Promise<Moved> {
  const config = deps.clusters.get(upgrade.cluster);
  const why = await whyNotByItself(deps, upgrade, config);
  if (why !== undefined || config === undefined) {
    return stop(deps, upgrade, why ?? 'The configuration does not name the cluster any more.');
  }
  const wish = { scope: { kind: 'all' }, etcd: drill.etcd, drill: true } as const;
  const looked = await planBack(deps, upgrade, config.policy, wish);
  if (looked.status === 'unobservable' || looked.blind) {
    const what =
      looked.status === 'unobservable'
        ? (looked.findings[0]?.summary ?? 'nothing answered')
        : 'no API server answers';
    return hasWaited(deps, upgrade)
      ? stop(deps, upgrade, `The cluster cannot be looked at: ${what}`)
      : 'later';
  }
  const { planned } = looked;
  if (planned.kind === 'refusal') {
    const [first, ...others] = planned.findings;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    return stop(
      deps,
      upgrade,
      `There is no way back that a drill may take: ${first?.summary ?? 'refused'}${more}`,
    );
  }
  const closed = whyNotAllowed(planned, drill);
  if (closed !== undefined) return stop(deps, upgrade, closed);
  const { run } = await storeRollback(deps, planned, upgrade, {
    user: upgrade.requestedBy,
    channel: upgrade.channel,
  });
  return approveWayBack(deps, upgrade, run);
}

/** Why a drill does not go back by itself, before the cluster is even looked at; a whole sentence. */
async function whyNotByItself(
  deps: UseCaseDeps,
  upgrade: Run,
  config: ClusterConfig | undefined,
): Promise<string | undefined> {
  if (config?.rehearsal !== true)
    return 'The configuration does not mark the cluster for practising any more.';
  // An abort or a pause that came when nothing was left to begin: whoever asked wants nothing more to be begun.
  if (upgrade.endedBy !== undefined) return 'Somebody asked to abort it on the way.';
  if (upgrade.pauseRequestedBy !== undefined) return 'Somebody asked for a pause on the way.';
  const leftOut = [...upgrade.steps.values()].filter(({ status }) => status === 'skipped').length;
  if (leftOut > 0 || upgrade.course.quarantined.length > 0) {
    return 'The upgrade left something out, so it is not verified as a whole.';
  }
  const [incident] = await deps.store.openIncidents(upgrade.cluster);
  if (incident) return `Incident ${incident.name} is open.`;
  const [holder] = await deps.store.heads({ cluster: upgrade.cluster, statuses: underWayStatuses, limit: 1 });
  return holder && `Run ${holder.id} holds the cluster.`;
}

/** Only what keeps all data begins by itself. Checked again here, whatever the planner was asked for. */
function whyNotAllowed({ purpose, findings }: Plan, drill: DrillPlan): string | undefined {
  const verdict = purpose.kind === 'rollback' ? purpose.verdict.kind : 'impossible';
  const allowed: readonly string[] = allowedVerdicts(drill);
  if (!allowed.includes(verdict)) return `The verdict is ${verdict}, with which nothing begins by itself.`;
  const blocker = findings.find(({ severity }) => severity === 'blocker');
  return blocker?.summary;
}

/** Carries the approvals of the upgrade over: they were given to a plan that says so. */
async function approveWayBack(deps: UseCaseDeps, upgrade: Run, back: Run): Promise<Moved> {
  const config = deps.clusters.get(upgrade.cluster);
  const by = upgrade.approvals.map((approval) => approval.by);
  const standing = config ? await standingApprovals(deps, config, by) : 'no';
  if (standing === 'unknown' && !hasWaited(deps, upgrade)) return 'later';
  const { needed } = back.plan.policy.approvals;
  const why =
    standing === 'unknown'
      ? 'Slack does not say whether those who approved still may.'
      : standing === 'no'
        ? 'Somebody who approved may not approve changes of the cluster any more.'
        : by.length < needed
          ? `${needed} people have to approve by now, and ${by.length} did.`
          : undefined;
  if (why !== undefined) {
    return stop(deps, upgrade, `${why} The way back is planned and waits for approvals.`, back.id);
  }
  const at = instant(deps.clock.now());
  const { digest } = back.plan;
  try {
    const approved = await appendEvents(deps.store, back.id, (present): RunEvent[] =>
      present.status === 'proposed' && present.approvals.length === 0
        ? [
            ...by.map(
              (user): RunEvent => ({ kind: 'approval-given', at, by: user, digest, drill: upgrade.id }),
            ),
            { kind: 'run-approved', at },
          ]
        : [],
    );
    if (approved.events.length > 0) deps.onCommit(approved.run);
    return 'done';
  } catch (error) {
    if (!(error instanceof ClusterHeld)) throw error;
    const reason = 'Another run holds the cluster. The way back is planned and waits for approvals.';
    return stop(deps, upgrade, reason, back.id);
  }
}

function hasWaited({ clock }: UseCaseDeps, { endedAt, createdAt }: Run): boolean {
  return clock.now() - Date.parse(endedAt ?? createdAt) > patienceMs;
}

function stop(deps: UseCaseDeps, upgrade: Run, reason: string, run?: RunId): Promise<Moved> {
  return end(deps, upgrade, { outcome: 'stopped', reason, ...(run === undefined ? {} : { run }) });
}

async function end(deps: UseCaseDeps, upgrade: Run, report: DrillReport): Promise<Moved> {
  const at = instant(deps.clock.now());
  const ended = await appendEvents(deps.store, upgrade.id, (present) =>
    isHalfWay(present) ? [{ kind: 'drill-ended', at, report }] : [],
  );
  if (ended.events.length > 0) deps.onCommit(ended.run);
  return 'done';
}
