import { isUnderWay, underWayStatuses } from '../../domain/run.ts';
import { type KubernetesVersion, minorNumber } from '../../domain/version.ts';
import type { UseCaseDeps } from '../deps.ts';
import { clustersOf } from '../permissions.ts';
import { lastProvenRollback } from '../rollback/candidates.ts';
import type { ClusterSummary, UseCases } from '../use-cases.ts';
import { farthestMinors } from './aim.ts';
import { removedRun } from './removed-run.ts';

/** Reads for status, lists, modals and Home: change nothing. */
export function inspect(
  deps: UseCaseDeps,
): Pick<
  UseCases,
  'run' | 'removedRun' | 'events' | 'runs' | 'presentRun' | 'clusterNames' | 'clusters' | 'versionsOnOffer'
> {
  return {
    run: (id) => deps.store.load(id),
    removedRun: (id, channel) => removedRun(deps, id, channel),
    events: (id, afterSeq) => deps.store.events(id, afterSeq),
    async runs(channel, limit) {
      const lists = await Promise.all(
        clustersOf(deps, channel).map((cluster) => deps.store.heads({ cluster, limit })),
      );
      return lists
        .flat()
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
        .slice(0, limit);
    },
    async presentRun(channel) {
      const heads = await Promise.all(
        clustersOf(deps, channel).map(async (cluster) => [
          ...(await deps.store.heads({ cluster, statuses: underWayStatuses, limit: 1 })),
          ...(await deps.store.heads({ cluster, limit: 1 })),
        ]),
      );
      const newestFirst = heads.flat().toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      const head = newestFirst.find(isUnderWay) ?? newestFirst[0];
      return head && deps.store.load(head.id);
    },
    clusterNames: (channel) => clustersOf(deps, channel),
    clusters: (channel) => Promise.all(clustersOf(deps, channel).map((cluster) => summaryOf(deps, cluster))),
    async versionsOnOffer(cluster) {
      const offer = await deps.offer(cluster, farthestMinors);
      if (offer.status === 'unknown') return { problem: offer.problem };
      return {
        current: offer.current,
        offered: offer.offered.filter(
          (version) => version !== offer.current && isOnTheWay(version, offer.current, offer.offered),
        ),
      };
    },
  };
}

/** Whether something of every minor between is on offer, too: the control plane stops at each. */
function isOnTheWay(
  version: KubernetesVersion,
  current: KubernetesVersion,
  offered: readonly KubernetesVersion[],
): boolean {
  const first = minorNumber(current) + 1;
  const between = Array.from(
    { length: Math.max(0, minorNumber(version) - first) },
    (_, index) => first + index,
  );
  return between.every((minor) => offered.some((other) => minorNumber(other) === minor));
}

async function summaryOf(deps: UseCaseDeps, cluster: ClusterSummary['cluster']): Promise<ClusterSummary> {
  const [holder] = await deps.store.heads({
    cluster,
    statuses: underWayStatuses,
    limit: 1,
  });
  const proven = await lastProvenRollback(deps)(cluster);
  const holds = { ...(holder ? { run: holder } : {}), ...(proven ? { proven } : {}) };
  try {
    return { cluster, version: await deps.presentVersion(cluster), ...holds };
  } catch (error) {
    return { cluster, problem: error instanceof Error ? error.message : String(error), ...holds };
  }
}
