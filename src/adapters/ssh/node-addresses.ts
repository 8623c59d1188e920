import { StepFailure } from '../../domain/failure.ts';
import type { ClusterName, NodeName } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Kubernetes } from '../../ports/kubernetes.ts';
import type { RunStore } from '../../ports/run-store.ts';

/** An API server that is well answers within a fraction of it; machines must not wait for those that are not. */
const patienceMs = 3_000;
/** Plans that are looked through for a node. The newest one that was made of the cluster's snapshot has them all. */
const plansLookedAt = 5;

/**
 * Where nodes are reached: at their InternalIP, as the API tells it. While no API server answers, at the one that was
 * told last, or that the newest plan found: taking a cluster back without its API begins with getting to its machines,
 * also for a process that has just started. A machine that has taken over an address is refused by its host key.
 * Throws `kubernetes.unavailable` for a node of which neither tells anything.
 */
export function createNodeAddresses(deps: {
  readonly kubernetesOf: (cluster: ClusterName) => Pick<Kubernetes, 'getNode'>;
  readonly store: Pick<RunStore, 'list'>;
  readonly clock: Pick<Clock, 'sleep'>;
}): (cluster: ClusterName, node: NodeName) => Promise<string> {
  const { store, clock } = deps;
  const told = new Map<string, string>();

  const ask = async (cluster: ClusterName, node: NodeName): Promise<string> => {
    const address = (await deps.kubernetesOf(cluster).getNode(node))?.internalAddress ?? node;
    told.set(`${cluster}/${node}`, address);
    return address;
  };

  const remembered = async (cluster: ClusterName, node: NodeName): Promise<string | undefined> =>
    told.get(`${cluster}/${node}`) ?? (await planned(cluster, node));

  const planned = async (cluster: ClusterName, node: NodeName): Promise<string | undefined> => {
    const runs = await store.list({ cluster, limit: plansLookedAt });
    const found = runs.flatMap(({ plan }) => plan.origin?.nodes ?? []).find((of) => of.node === node);
    return found?.address;
  };

  return async (cluster, node) => {
    const asked = ask(cluster, node);
    // It may still fail when nobody waits for it any more.
    asked.catch(() => undefined);
    const answered = new AbortController();
    try {
      const first = await Promise.race([asked, clock.sleep(patienceMs, answered.signal)]);
      return first ?? (await remembered(cluster, node)) ?? (await asked);
    } catch (error) {
      if (!(error instanceof StepFailure) || error.code !== 'kubernetes.unavailable') throw error;
      const address = await remembered(cluster, node);
      if (address === undefined) throw error;
      return address;
    } finally {
      answered.abort();
    }
  };
}
