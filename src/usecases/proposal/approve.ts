import type { ClusterConfig } from '../../config.ts';
import type { RunEvent } from '../../domain/event.ts';
import { instant } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { driftSince } from '../../plan/drift.ts';
import { appendEvents, ClusterHeld } from '../../run/record/journal.ts';
import type { Denied } from '../asker.ts';
import type { UseCaseDeps } from '../deps.ts';
import { refuseApprover, refuseEarlierApprovals } from '../permissions.ts';
import { beginRollback, upgradeInTheWay } from '../rollback/begin.ts';
import { clusterForRun } from '../rollback/target.ts';
import type { ApproveOutcome, UseCases } from '../use-cases.ts';

/**
 * Counts an approval of exactly the plan that was shown. The last one that is needed also looks at the cluster again:
 * drift voids the proposal. (The run's own first step looks once more, in case nothing could be seen now.)
 */
export function approve(deps: UseCaseDeps): UseCases['approve'] {
  return async (request): Promise<ApproveOutcome> => {
    const run = await deps.store.load(request.run);
    if (!run) return { status: 'denied', reason: 'This plan is not known here any more.' };
    const config = await clusterForRun(deps, run, request);
    if ('status' in config) return config;
    if (run.channel !== request.channel) {
      return { status: 'denied', reason: `This plan is decided on in <#${run.channel}>.` };
    }
    const { needed, requesterCounts } = run.plan.policy.approvals;
    const refused = await refuseApprover(
      deps,
      config,
      run.cluster,
      request,
      run.requestedBy,
      requesterCounts,
    );
    if (refused) return refused;
    if (run.status !== 'proposed') return { status: 'not-proposed', run };
    const wrong = refusePlan(config, run, request);
    if (wrong) return wrong;

    const others = run.approvals.map(({ by }) => by).filter((by) => by !== request.user);
    const completes = others.length + 1 >= needed;
    const outdated = completes && (await refuseEarlierApprovals(deps, config, run.cluster, others));
    if (outdated) return outdated;
    const drifted = completes ? await driftOf(deps, run) : undefined;
    // An upgrade that stands still still holds the cluster: it is ended first, and the approvals are there by then.
    const waits = completes && (await upgradeInTheWay(deps, run)) !== undefined;
    let appended: Awaited<ReturnType<typeof appendEvents>>;
    try {
      appended = await appendEvents(deps.store, run.id, (present) =>
        decide(present, request, { drifted, waits }, deps.clock.now()),
      );
    } catch (error) {
      if (!(error instanceof ClusterHeld)) throw error;
      return {
        status: 'denied',
        reason: `Another run holds ${run.cluster} now. Approve again when it is over: \`/k8s-upgrade status\` shows it.`,
      };
    }
    const kinds = new Set(appended.events.map((event) => event.kind));
    if (appended.events.length > 0) deps.onCommit(appended.run);
    if (kinds.has('run-expired')) return { status: 'expired', run: appended.run };
    if (drifted !== undefined && kinds.has('run-voided')) {
      return { status: 'drifted', run: appended.run, reason: drifted };
    }
    if (kinds.has('approval-given')) {
      const begun = waits ? await beginRollback(deps, appended.run) : appended.run;
      return { status: 'counted', run: begun, missing: needed - begun.approvals.length };
    }
    if (appended.run.status !== 'proposed') return { status: 'not-proposed', run: appended.run };
    return { status: 'already-counted', run: appended.run };
  };
}

/** Why this plan is not what somebody can approve like that. */
function refusePlan(
  config: Pick<ClusterConfig, 'policy'>,
  run: Run,
  { digest, typedName }: Parameters<UseCases['approve']>[0],
): Denied | undefined {
  const stricter = asksForMore(config, run);
  if (stricter !== undefined) return { status: 'denied', reason: stricter };
  if (losesData(run) && typedName !== true) {
    return {
      status: 'denied',
      reason: `Data would be lost, so your approval wants the name of ${run.cluster} typed. Press Approve on the plan’s message.`,
    };
  }
  if (digest === run.plan.digest) return undefined;
  return { status: 'denied', reason: 'This button belongs to another plan than the one that is stored.' };
}

/** Who has to approve is the configuration's word of today; everything else of a plan's policy is what is approved. */
function asksForMore({ policy }: Pick<ClusterConfig, 'policy'>, { cluster, plan }: Run): string | undefined {
  const { needed, requesterCounts } = plan.policy.approvals;
  const today = policy.approvals;
  if (today.needed <= needed && (today.requesterCounts || !requesterCounts)) return undefined;
  const rule = today.needed > needed ? `${today.needed} approvals` : 'approvals of others than whoever asks';
  return `Since this was planned the configuration of ${cluster} was changed: it wants ${rule} now. Press Plan again for a plan that does.`;
}

/** Whether what is approved gives data up. */
export function losesData({ plan }: Pick<Run, 'plan'>): boolean {
  return plan.purpose.kind === 'rollback' && plan.purpose.verdict.kind === 'restore-with-data-loss';
}

function decide(
  run: Run,
  request: Parameters<UseCases['approve']>[0],
  { drifted, waits }: { drifted: string | undefined; waits: boolean },
  now: number,
): readonly RunEvent[] {
  const at = instant(now);
  if (run.status !== 'proposed') return [];
  if (Date.parse(run.expiresAt) <= now) return [{ kind: 'run-expired', at }];
  if (run.approvals.some(({ by }) => by === request.user)) return [];
  if (drifted !== undefined) return [{ kind: 'run-voided', at, reason: drifted }];
  const given: RunEvent = { kind: 'approval-given', at, by: request.user, digest: request.digest };
  const complete = run.approvals.length + 1 >= run.plan.policy.approvals.needed;
  return complete && !waits ? [given, { kind: 'run-approved', at }] : [given];
}

/**
 * What has changed since the plan. Where nothing can be seen now the run's first step looks again; a rollback that was
 * planned without the API cannot be held against what the API says.
 */
async function driftOf(deps: UseCaseDeps, { cluster, plan }: Run): Promise<string | undefined> {
  const look = await deps.look(cluster, {});
  return look.status === 'observed' ? driftSince(plan, look.snapshot) : undefined;
}
