import type { RunEvent } from '../../domain/event.ts';
import { instant } from '../../domain/names.ts';
import { type Run, underWayStatuses } from '../../domain/run.ts';
import { isUpToDate, planUpgrade } from '../../plan/plan-upgrade.ts';
import { transitions } from '../../run/record/transition.ts';
import type { UseCaseDeps } from '../deps.ts';
import { drillHalfWay, refuseDrill } from '../drill/drill.ts';
import { openIncidentEvents } from '../incident/incident.ts';
import { lookAndAim } from '../look/aim.ts';
import { clusterInChannel, refuseOperator } from '../permissions.ts';
import { proposalOf, withdrawProposal } from '../proposals.ts';
import type { ProposeOutcome, UseCases } from '../use-cases.ts';
import { startMoment } from './start-moment.ts';

/** Looks at the cluster, plans, and stores the plan as a proposal that people can approve. */
export function propose(deps: UseCaseDeps): UseCases['propose'] {
  return async (request): Promise<ProposeOutcome> => {
    const { cluster } = request;
    const config = clusterInChannel(deps, cluster, request.channel);
    if ('status' in config) return config;
    const refused = await refuseOperator(deps, config, cluster, request);
    if (refused) return refused;
    const notHere = request.drill && refuseDrill(config, cluster);
    if (notHere) return notHere;
    const busy = (await runUnderWay(deps, cluster)) ?? (await drillHalfWay(deps, cluster));
    if (busy) return { status: 'busy', run: busy };

    const startAt = request.start && startMoment(config.policy, request.start, deps.clock.now());
    if (typeof startAt === 'string') return { status: 'denied', reason: startAt };

    const aimed = await lookAndAim(deps, request);
    if (aimed.status !== 'aimed') return aimed;
    const { to, snapshot } = aimed;
    const history = await deps.store.usualDurations(cluster);
    const intent = {
      cluster,
      target: to,
      ...(request.inHops === true ? { inHops: true } : {}),
      ...(request.drill === undefined ? {} : { drill: request.drill }),
    };
    const planned = planUpgrade(intent, snapshot, config.policy, history);
    if (planned.kind === 'refusal') {
      return isUpToDate(planned)
        ? { status: 'up-to-date', cluster, version: to }
        : { status: 'refused', refusal: planned };
    }

    await withdrawOlderProposals(deps, cluster, request.user);
    const { run, events } = proposalOf(deps, planned, request);
    const at = instant(deps.clock.now());
    const scheduled: RunEvent[] =
      startAt === undefined
        ? []
        : [{ kind: 'run-scheduled', at, by: request.user, startAt: instant(startAt) }];
    const more = [...scheduled, ...(await openIncidentEvents(deps, cluster))];
    const proposed = transitions(run, more);
    await deps.store.create(proposed, [...events, ...more]);
    deps.onCommit(proposed);
    return { status: 'proposed', run: proposed };
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
  for (const older of await deps.store.heads({ cluster, statuses: ['proposed'] })) {
    if (older.requestedBy !== requestedBy) continue;
    await withdrawProposal(deps, older.id);
  }
}
