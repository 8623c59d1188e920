import { instant } from '../domain/names.ts';
import { type Run, underWayStatuses } from '../domain/run.ts';
import { minorOf } from '../domain/version.ts';
import { isUpToDate, planUpgrade } from '../plan/plan-upgrade.ts';
import { resolveTarget, textOfTarget } from '../plan/resolve-target.ts';
import { appendEvents } from '../run/journal.ts';
import { newRun } from '../run/new-run.ts';
import type { UseCaseDeps } from './deps.ts';
import { clusterInChannel, refuseOperator } from './permissions.ts';
import type { ProposeOutcome, UseCases } from './use-cases.ts';

/** Looks at the cluster, plans, and stores the plan as a proposal that people can approve. */
export function propose(deps: UseCaseDeps): UseCases['propose'] {
  return async (request): Promise<ProposeOutcome> => {
    const { cluster, target } = request;
    const config = clusterInChannel(deps, cluster, request.channel);
    if ('status' in config) return config;
    const refused = await refuseOperator(deps, config, cluster, request);
    if (refused) return refused;
    const busy = await runUnderWay(deps, cluster);
    if (busy) return { status: 'busy', run: busy };

    const offer = await deps.offer(cluster);
    if (offer.status === 'unknown') return unobservable(cluster, offer.problem);
    const to = target.kind === 'exact' ? target.version : resolveTarget(target, offer.current, offer.offered);
    if (!to) {
      return { status: 'not-offered', cluster, wanted: textOfTarget(target), offered: offer.offered };
    }

    const look = await deps.look(cluster, { offeredMinor: minorOf(to) });
    if (look.status === 'unobservable') return look;
    const history = await deps.store.usualDurations(cluster);
    const planned = planUpgrade({ cluster, target: to }, look.snapshot, config.policy, history);
    if (planned.kind === 'refusal') {
      return isUpToDate(planned)
        ? { status: 'up-to-date', cluster, version: to }
        : { status: 'refused', refusal: planned };
    }

    await withdrawOlderProposals(deps, cluster, request.user);
    const { run, events } = newRun({
      id: deps.newRunId(),
      plan: planned,
      requestedBy: request.user,
      channel: request.channel,
      now: deps.clock.now(),
      expireAfterMinutes: config.policy.approvals.expireAfterMinutes,
    });
    await deps.store.create(run, events);
    deps.onCommit(run);
    return { status: 'proposed', run };
  };
}

async function runUnderWay(
  deps: Pick<UseCaseDeps, 'store'>,
  cluster: Run['cluster'],
): Promise<Run | undefined> {
  const runs = await deps.store.list({
    cluster,
    statuses: underWayStatuses,
    limit: 1,
  });
  return runs[0];
}

/** Two open plans of one cluster would only confuse: a new plan takes the place of the same person's older ones. */
async function withdrawOlderProposals(
  deps: UseCaseDeps,
  cluster: Run['cluster'],
  requestedBy: Run['requestedBy'],
): Promise<void> {
  for (const older of await deps.store.list({ cluster, statuses: ['proposed'] })) {
    if (older.requestedBy !== requestedBy) continue;
    const { run } = await appendEvents(deps.store, older.id, (present) =>
      present.status === 'proposed'
        ? [{ kind: 'run-voided', at: instant(deps.clock.now()), reason: 'A newer plan has taken its place.' }]
        : [],
    );
    deps.onCommit(run);
  }
}

function unobservable(cluster: Run['cluster'], problem: string): ProposeOutcome {
  return {
    status: 'unobservable',
    findings: [
      {
        code: 'cluster.unobservable',
        severity: 'blocker',
        objects: [{ kind: 'Cluster', name: cluster }],
        summary: problem,
        facts: {},
        remedy:
          'Put that right, then ask again: a plan needs an API server and a control plane node that answer.',
      },
    ],
  };
}
