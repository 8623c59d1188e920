import type { ClusterConfig } from '../../config.ts';
import type { ClusterName } from '../../domain/names.ts';
import { drillOf } from '../../domain/rollback.ts';
import type { Run } from '../../domain/run.ts';
import type { Denied } from '../asker.ts';
import type { UseCaseDeps } from '../deps.ts';

/** Undefined if drills may be run on a cluster; else why not, and what would help. */
export function refuseDrill(
  { rehearsal }: Pick<ClusterConfig, 'rehearsal'>,
  cluster: ClusterName,
): Denied | undefined {
  if (rehearsal) return undefined;
  return {
    status: 'denied',
    reason:
      `${cluster} is not marked as a cluster to practise on, so no drill is run on it. Where it is one, say ` +
      `\`rehearsal: true\` under \`clusters.${cluster}\` in my configuration and restart me. To take a real upgrade of it back: ` +
      `\`/k8s-rollback ${cluster}\`.`,
  };
}

/** Whether the upgrade of a drill is through and the drill is not over: its way back is to come, or on its way. */
export function isHalfWay(run: Pick<Run, 'plan' | 'status' | 'course'>): boolean {
  return run.status === 'succeeded' && run.course.drill === undefined && drillOf(run) !== undefined;
}

/** The drill that still wants a cluster although no run holds it: between its two runs, nobody else may plan. */
export async function drillHalfWay(
  { store }: Pick<UseCaseDeps, 'store'>,
  cluster: ClusterName,
): Promise<Run | undefined> {
  const [newest] = await store.heads({ cluster, statuses: ['succeeded'], limit: 1 });
  if (newest?.kind !== 'upgrade') return undefined;
  const run = await store.load(newest.id);
  return run && isHalfWay(run) ? run : undefined;
}
