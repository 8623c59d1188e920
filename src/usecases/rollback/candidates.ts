import { type ClusterName, type Instant, instant, type NodeName } from '../../domain/names.ts';
import { hasEnded } from '../../domain/run.ts';
import type { RunHead, TouchedNode } from '../../ports/run-store.ts';
import type { UseCaseDeps } from '../deps.ts';
import { clustersOfIncident } from '../incident/channels.ts';
import type { UseCases } from '../use-cases.ts';
import type { RollbackCandidate, TimelineEntry } from './outcomes.ts';

/** An upgrade that ended longer ago is not what an incident is about, and its backups may be gone. */
const farthestMs = 14 * 24 * 3_600_000;
const usualLimit = 5;
const lookedThrough = 20;

/** Upgrades near a moment, the likeliest culprit first: at work then, else the one that ended last before it. */
export function rollbackCandidates(deps: UseCaseDeps): UseCases['rollbackCandidates'] {
  return async ({ channel, around = instant(deps.clock.now()), limit = usualLimit }) => {
    const { clusters } = await rollbackClusters(deps)(channel);
    const lists = await Promise.all(
      clusters.map((cluster) => deps.store.heads({ cluster, limit: lookedThrough })),
    );
    const near = lists
      .flatMap((runs) => nearOnes(runs, Date.parse(around)))
      .toSorted(
        (a, b) => a.distanceMs - b.distanceMs || (b.run.startedAt ?? '').localeCompare(a.run.startedAt ?? ''),
      );
    const candidates: RollbackCandidate[] = [];
    const timeline: TimelineEntry[] = [];
    for (const one of near) {
      if (candidates.length === limit) break;
      const touched = await deps.store.touched(one.run.id);
      if (touched.length === 0) continue;
      candidates.push({ ...one, nodes: touched.length });
      timeline.push(...timelineOf(one.run, touched));
    }
    return { candidates, timeline: timeline.toSorted((a, b) => a.at.localeCompare(b.at)) };
  };
}

/** Clusters of which runs can be taken back from a channel. Without an answer from Slack only the channel's own, and why. */
export function rollbackClusters(
  deps: Pick<UseCaseDeps, 'clusters' | 'directory'>,
): UseCases['rollbackClusters'] {
  return (channel) => clustersOfIncident(deps, channel);
}

/** Only what was begun before the moment, and not too long before it, can have to do with it. */
function nearOnes(runs: readonly RunHead[], around: number): Omit<RollbackCandidate, 'nodes'>[] {
  return runs.flatMap((run): Omit<RollbackCandidate, 'nodes'>[] => {
    const { startedAt, endedAt } = run;
    if (run.kind !== 'upgrade' || startedAt === undefined || Date.parse(startedAt) > around) return [];
    const until = endedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endedAt);
    const distanceMs = Math.max(0, around - until);
    if (distanceMs > farthestMs) return [];
    const rollback = runs.find(
      ({ plan, status }) =>
        plan.purpose.kind === 'rollback' &&
        plan.purpose.of === run.id &&
        !['rejected', 'expired', 'voided'].includes(status),
    );
    return [{ run, distanceMs, ...(rollback === undefined ? {} : { rollback }) }];
  });
}

/** A node's kubelet is what its pods feel; a control plane is done when its kubelet is, too. */
function timelineOf(run: RunHead, touched: readonly TouchedNode[]): TimelineEntry[] {
  const { id, cluster, startedAt, endedAt, halt } = run;
  const entry = (at: Instant, what: TimelineEntry['what'], node?: NodeName): TimelineEntry => ({
    at,
    run: id,
    cluster,
    what,
    ...(node === undefined ? {} : { node }),
  });
  return [
    ...(startedAt === undefined ? [] : [entry(startedAt, 'started')]),
    ...touched.flatMap(({ node, doneAt }) =>
      doneAt === undefined ? [] : [entry(doneAt, 'node-done', node)],
    ),
    ...(halt === undefined ? [] : [entry(halt.since, 'halted')]),
    ...(endedAt !== undefined && hasEnded(run) ? [entry(endedAt, 'ended')] : []),
  ];
}

/**
 * When a rollback of a whole upgrade of a cluster last went through, if one did: it is worth as much as a backup that was
 * restored. Taking back a node, or workers alone, proves nothing of the control plane.
 */
export function lastProvenRollback(deps: Pick<UseCaseDeps, 'store'>): UseCases['lastProvenRollback'] {
  return async (cluster: ClusterName) => {
    const runs = await deps.store.heads({
      cluster,
      kind: 'rollback',
      statuses: ['succeeded'],
      limit: lookedThrough,
    });
    for (const { id, plan, endedAt } of runs) {
      if (plan.purpose.kind !== 'rollback' || endedAt === undefined) continue;
      const { of, scope, verdict, drill = false } = plan.purpose;
      if (scope.kind === 'all') return { run: id, of, endedAt, verdict: verdict.kind, isDrill: drill };
    }
    return undefined;
  };
}
