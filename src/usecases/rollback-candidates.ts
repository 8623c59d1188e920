import { type ClusterName, type Instant, instant, type NodeName } from '../domain/names.ts';
import { stepsOf } from '../domain/plan.ts';
import { hasEnded, type Run, touchedNodes } from '../domain/run.ts';
import { nodeOf } from '../domain/step.ts';
import type { UseCaseDeps } from './deps.ts';
import { clustersOfIncident } from './incidents.ts';
import { clustersOf } from './permissions.ts';
import type { RollbackCandidate, TimelineEntry, UseCases } from './use-cases.ts';

/** An upgrade that ended longer ago is not what an incident is about, and its backups may be gone. */
const farthestMs = 14 * 24 * 3_600_000;
const usualLimit = 5;
const lookedThrough = 20;

/** Upgrades near a moment, the likeliest culprit first: at work then, else the one that ended last before it. */
export function rollbackCandidates(deps: UseCaseDeps): UseCases['rollbackCandidates'] {
  return async ({ channel, around = instant(deps.clock.now()), limit = usualLimit }) => {
    const clusters = await rollbackClusters(deps)(channel);
    const lists = await Promise.all(
      clusters.map((cluster) => deps.store.list({ cluster, limit: lookedThrough })),
    );
    const candidates = lists
      .flatMap((runs) => candidatesAmong(runs, Date.parse(around)))
      .toSorted(
        (a, b) => a.distanceMs - b.distanceMs || (b.run.startedAt ?? '').localeCompare(a.run.startedAt ?? ''),
      )
      .slice(0, limit);
    const timeline = candidates
      .flatMap(({ run }) => timelineOf(run))
      .toSorted((a, b) => a.at.localeCompare(b.at));
    return { candidates, timeline };
  };
}

/** Clusters of which runs can be taken back from a channel. Without an answer from Slack only the channel's own. */
export function rollbackClusters(
  deps: Pick<UseCaseDeps, 'clusters' | 'directory'>,
): UseCases['rollbackClusters'] {
  return async (channel) => {
    const seen = await deps.directory.channel(channel).catch(() => undefined);
    return seen ? clustersOfIncident(deps, seen) : clustersOf(deps, channel);
  };
}

/** Only what was begun before the moment, and not too long before it, can have to do with it. */
function candidatesAmong(runs: readonly Run[], around: number): RollbackCandidate[] {
  return runs.flatMap((run): RollbackCandidate[] => {
    const { startedAt, endedAt } = run;
    if (run.kind !== 'upgrade' || startedAt === undefined || Date.parse(startedAt) > around) return [];
    const until = endedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endedAt);
    const distanceMs = Math.max(0, around - until);
    const nodes = touchedNodes(run).length;
    if (distanceMs > farthestMs || nodes === 0) return [];
    const rollback = runs.find(
      ({ plan, status }) =>
        plan.purpose.kind === 'rollback' &&
        plan.purpose.of === run.id &&
        !['rejected', 'expired', 'voided'].includes(status),
    );
    return [{ run, distanceMs, nodes, ...(rollback === undefined ? {} : { rollback }) }];
  });
}

function timelineOf(run: Run): TimelineEntry[] {
  const { id, cluster, startedAt, endedAt, halt } = run;
  const entry = (at: Instant, what: TimelineEntry['what'], node?: NodeName): TimelineEntry => ({
    at,
    run: id,
    cluster,
    what,
    ...(node === undefined ? {} : { node }),
  });
  const last = new Map<NodeName, Instant>();
  for (const step of stepsOf(run.plan)) {
    const node = nodeOf(step);
    const record = run.steps.get(step.key);
    // A node's kubelet is what its pods feel; a control plane is done when its kubelet is, too.
    if (node === undefined || step.kind !== 'verify-node' || record?.status !== 'succeeded') continue;
    if (record.endedAt !== undefined) last.set(node, record.endedAt);
  }
  return [
    ...(startedAt === undefined ? [] : [entry(startedAt, 'started')]),
    ...[...last].map(([node, at]) => entry(at, 'node-done', node)),
    ...(halt === undefined ? [] : [entry(halt.since, 'halted')]),
    ...(endedAt !== undefined && hasEnded(run) ? [entry(endedAt, 'ended')] : []),
  ];
}

/** When a rollback of a cluster last went through, if one did: it is worth as much as a backup that was restored. */
export function lastProvenRollback(deps: Pick<UseCaseDeps, 'store'>): UseCases['lastProvenRollback'] {
  return async (cluster: ClusterName) => {
    const runs = await deps.store.list({ cluster, statuses: ['succeeded'], limit: 100 });
    for (const { id, plan, endedAt } of runs) {
      if (plan.purpose.kind !== 'rollback' || endedAt === undefined) continue;
      const { of, verdict } = plan.purpose;
      return { run: id, of, endedAt, verdict: verdict.kind };
    }
    return undefined;
  };
}
