import type { Incident } from '../../domain/course.ts';
import type { RunEvent } from '../../domain/event.ts';
import { type ClusterName, instant } from '../../domain/names.ts';
import { hasEnded, type Run } from '../../domain/run.ts';
import { appendEvents } from '../../run/record/journal.ts';
import type { UseCaseDeps } from '../deps.ts';
import { refuseOperator } from '../permissions.ts';
import type { IncidentOutcome, UseCases } from '../use-cases.ts';
import { clustersOfIncident } from './channels.ts';

/**
 * Declares an incident in a channel, or says that it is over. Runs of its clusters begin nothing new until then, those
 * that are proposed later included: it is written down beside the runs.
 */
export function incident(deps: UseCaseDeps): UseCases['incident'] {
  return async (request): Promise<IncidentOutcome> => {
    const channel = await deps.directory.channel(request.channel);
    if (!channel)
      return { status: 'denied', reason: 'I cannot see this channel. Invite me, then say it again.' };
    const { clusters, problem } = await clustersOfIncident(deps, channel.id);
    if (clusters.length === 0) {
      return {
        status: 'denied',
        reason: problem ?? 'No cluster is tied to this channel, and none has its incidents here.',
      };
    }
    for (const cluster of clusters) {
      const config = deps.clusters.get(cluster);
      const refused = config && (await refuseOperator(deps, config, cluster, request));
      if (refused) return refused;
    }
    const at = instant(deps.clock.now());
    const entry: Incident = { channel: channel.id, by: request.user, at, name: channel.name };
    const held = await Promise.all(
      clusters.map(async (cluster) => {
        if (request.action === 'start') await deps.store.declareIncident(cluster, entry);
        else await deps.store.endIncident(cluster, channel.id);
        return tellRuns(deps, cluster, request.action, entry);
      }),
    );
    return { status: 'told', action: request.action, clusters, runs: held.flat() };
  };
}

/** Lets the runs of a cluster that are not over know. */
async function tellRuns(
  deps: UseCaseDeps,
  cluster: ClusterName,
  action: 'start' | 'end',
  { channel, by, at, name }: Incident,
): Promise<Run[]> {
  const told: Run[] = [];
  for (const { id } of await deps.store.heads({ cluster, statuses: notOver })) {
    const { run, events } = await appendEvents(deps.store, id, (present) => {
      const knows = present.course.incidents.some((one) => one.channel === channel);
      if (hasEnded(present) || knows === (action === 'start')) return [];
      return action === 'start'
        ? [{ kind: 'incident-declared', at, by, channel, name }]
        : [{ kind: 'incident-ended', at, by, channel }];
    });
    if (events.length === 0) continue;
    deps.onCommit(run);
    told.push(run);
  }
  return told;
}

const notOver = ['proposed', 'approved', 'running', 'pausing', 'paused', 'halted', 'aborting'] as const;

/** The events of a new run about the incidents that are open already. */
export async function openIncidentEvents(
  { store }: Pick<UseCaseDeps, 'store'>,
  cluster: ClusterName,
): Promise<RunEvent[]> {
  const open = await store.openIncidents(cluster);
  return open.map(({ channel, by, at, name }) => ({ kind: 'incident-declared', at, by, channel, name }));
}
