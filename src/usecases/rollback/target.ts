import type { ClusterConfig } from '../../config.ts';
import { type ClusterName, type RunId } from '../../domain/names.ts';
import { hasEnded, type Run, underWayStatuses } from '../../domain/run.ts';
import { nextSteps } from '../../run/next/next-steps.ts';
import type { Asker, Denied } from '../asker.ts';
import type { UseCaseDeps } from '../deps.ts';
import { clustersOfIncident } from '../incident/channels.ts';
import { noSuchRun } from '../look/removed-run.ts';
import { clusterInChannel, refuseOperator } from '../permissions.ts';
import type { NoRollback, RollbackOf } from './outcomes.ts';

/** Runs of a cluster that are looked through for one that can be taken back. */
const lookedThrough = 30;

/**
 * The configuration of a cluster that may be taken back from a channel: its own channels, and those that its incidents
 * are told in.
 */
async function clusterForRollback(
  deps: Pick<UseCaseDeps, 'clusters' | 'directory'>,
  cluster: ClusterName,
  { channel }: Pick<Asker, 'channel'>,
): Promise<ClusterConfig | Denied> {
  const own = clusterInChannel(deps, cluster, channel);
  if (!('status' in own)) return own;
  const config = deps.clusters.get(cluster);
  const { clusters, problem } = await clustersOfIncident(deps, channel);
  if (config && clusters.includes(cluster)) return config;
  return problem === undefined ? own : { status: 'denied', reason: problem };
}

/**
 * The configuration of a run's cluster, if the run may be handled from a channel: one of the cluster's own, and for a
 * rollback also the incident's channel that it was asked for in.
 */
export async function clusterForRun(
  deps: Pick<UseCaseDeps, 'clusters' | 'directory'>,
  run: Pick<Run, 'kind' | 'cluster' | 'channel'>,
  asker: Pick<Asker, 'channel'>,
): Promise<ClusterConfig | Denied> {
  const isFromIncident = run.kind === 'rollback' && run.channel === asker.channel;
  return isFromIncident
    ? clusterForRollback(deps, run.cluster, asker)
    : clusterInChannel(deps, run.cluster, asker.channel);
}

/** The upgrade that is meant, if the asker may take it back and it stands still; else why not. */
export async function upgradeToTakeBack(
  deps: UseCaseDeps,
  asker: Asker,
  of: RollbackOf,
): Promise<{ readonly status: 'found'; readonly of: Run; readonly config: ClusterConfig } | NoRollback> {
  const asked = 'run' in of ? await deps.store.load(of.run) : undefined;
  if ('run' in of && !asked) return noSuchRun(deps, of.run, asker.channel);
  const cluster = 'cluster' in of ? of.cluster : (asked?.cluster as ClusterName);
  const config = await clusterForRollback(deps, cluster, asker);
  if ('status' in config) return config;
  const refused = await refuseOperator(deps, config, cluster, asker);
  if (refused) return refused;
  const run = asked ?? (await latestUpgrade(deps, cluster));
  if (!run) {
    const reason = `I know of no upgrade of ${cluster} that was begun, so there is nothing to take back.`;
    return { status: 'denied', reason };
  }
  if (run.kind !== 'upgrade') {
    return {
      status: 'denied',
      reason: `Run \`${run.id}\` is a rollback itself. To go forward again, plan the upgrade anew.`,
    };
  }
  if (run.startedAt === undefined) {
    return { status: 'denied', reason: `Run \`${run.id}\` was never begun: there is nothing to take back.` };
  }
  const holder = await holderOf(deps, run, cluster);
  return holder ? { status: 'busy', run: holder } : { status: 'found', of: run, config };
}

/** What stands in the way: the run itself while something of it may still move, or another run under way. */
async function holderOf(deps: UseCaseDeps, run: Run, cluster: ClusterName): Promise<Run | undefined> {
  if (!hasEnded(run) && !standsStill(run, deps.clock.now())) return run;
  const others = await deps.store.list({ cluster, statuses: underWayStatuses, limit: 2 });
  return others.find(({ id }) => id !== run.id);
}

/** Whether a run that is not over does nothing by itself any more: paused, or halted with no node in its turn. */
export function standsStill(run: Run, now: number): boolean {
  return (run.status === 'paused' || run.status === 'halted') && nextSteps(run, now).settled;
}

async function latestUpgrade(
  { store }: Pick<UseCaseDeps, 'store'>,
  cluster: ClusterName,
): Promise<Run | undefined> {
  const upgrades = await store.heads({ cluster, kind: 'upgrade', limit: lookedThrough });
  const latest = upgrades.find(({ startedAt }) => startedAt !== undefined);
  return latest && store.load(latest.id);
}

/** Rollbacks of a run, oldest first, whatever became of them. */
export async function rollbacksOf(
  { store }: Pick<UseCaseDeps, 'store'>,
  cluster: ClusterName,
  of: RunId,
): Promise<Run[]> {
  const heads = await store.heads({ cluster, kind: 'rollback', limit: lookedThrough * 4 });
  const ofRun = heads.filter(({ plan }) => plan.purpose.kind === 'rollback' && plan.purpose.of === of);
  const runs = await Promise.all(ofRun.map(({ id }) => store.load(id)));
  return runs.filter((run) => run !== undefined).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
}
