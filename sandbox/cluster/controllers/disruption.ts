import type { ClusterModel } from '../model/cluster.ts';
import {
  controllerOf,
  type DisruptionBudget,
  isReady,
  kubeTime,
  type Pod,
  type WorkloadObject,
} from '../model/objects.ts';
import { scaled, selects } from '../model/selectors.ts';
import { isActive } from './pod-template.ts';
import { splitKey } from './queue.ts';

/** Keeps the status of a PodDisruptionBudget (pkg/controller/disruption). */
export function reconcileBudget({ store, faults }: ClusterModel, key: string): void {
  const [namespace, name] = splitKey(key);
  const budget = store.get<DisruptionBudget>('PodDisruptionBudget', namespace, name);
  if (budget === undefined) return;
  const pods = store
    .list<Pod>('Pod', namespace)
    .filter((pod) => selects(budget.spec.selector, pod.metadata.labels));
  const counted = pods.filter((pod) => pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed');
  const expected = expectedPods(store, budget, counted);
  const desired = desiredHealthy(budget, expected);
  const disrupted = stillDisrupted(budget, pods);
  const healthy = counted.filter(
    (pod) => isActive(pod) && isReady(pod) && disrupted[pod.metadata.name] === undefined,
  ).length;
  const blocked = faults
    .list()
    .some((fault) => fault.name === 'pdb-blocked' && isOf(fault.parameters.pdb, budget));
  // The budget is raised to what is there, as a person would who wants nothing to be touched.
  const needed = blocked ? Math.max(desired, healthy) : desired;
  const allowed = expected === 0 ? 0 : Math.max(0, healthy - needed);
  const status = {
    currentHealthy: healthy,
    desiredHealthy: needed,
    disruptionsAllowed: allowed,
    expectedPods: expected,
    observedGeneration: budget.metadata.generation ?? 1,
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
  };
  store.modify<DisruptionBudget>('PodDisruptionBudget', namespace, name, (current) => {
    const { conditions, ...rest } = current.status ?? { conditions: undefined };
    if (conditions !== undefined && JSON.stringify(sorted(rest)) === JSON.stringify(sorted(status)))
      return current;
    const condition = allowed > 0 ? ('True' as const) : ('False' as const);
    const before = conditions?.find(({ type }) => type === 'DisruptionAllowed');
    return {
      ...current,
      status: {
        conditions: [
          {
            lastTransitionTime:
              before?.status === condition ? (before.lastTransitionTime ?? '') : kubeTime(new Date()),
            message: '',
            observedGeneration: current.metadata.generation ?? 1,
            reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
            status: condition,
            type: 'DisruptionAllowed',
          },
        ],
        ...status,
      },
    };
  });
}

const sorted = (value: object) =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

const isOf = (wanted: unknown, budget: DisruptionBudget) =>
  wanted === undefined ||
  wanted === '' ||
  wanted === budget.metadata.name ||
  wanted === `${budget.metadata.namespace ?? ''}/${budget.metadata.name}`;

function desiredHealthy({ spec }: DisruptionBudget, expected: number): number {
  if (spec.maxUnavailable !== undefined)
    return Math.max(0, expected - scaled(spec.maxUnavailable, expected, 'up'));
  return scaled(spec.minAvailable ?? 1, expected, 'up');
}

// An absolute minAvailable counts the pods there are; everything else asks the pods' controllers for their scale.
function expectedPods(store: ClusterModel['store'], budget: DisruptionBudget, pods: Pod[]): number {
  if (typeof budget.spec.minAvailable === 'number') return pods.length;
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) continue;
    const found = store.get<WorkloadObject>(owner.kind, budget.metadata.namespace ?? '', owner.name);
    const upper = found === undefined ? undefined : controllerOf(found);
    const top =
      upper === undefined
        ? found
        : store.get<WorkloadObject>(upper.kind, budget.metadata.namespace ?? '', upper.name);
    if (top?.spec.replicas !== undefined) scales.set(top.metadata.uid ?? '', top.spec.replicas);
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
}

// A pod whose eviction was granted counts as gone until it is; after 2 minutes the grant is forgotten.
function stillDisrupted(budget: DisruptionBudget, pods: Pod[]): Record<string, string> {
  const there = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const limit = Date.now() - 120_000;
  return Object.fromEntries(
    Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, at]) => {
      const pod = there.get(name);
      return pod !== undefined && pod.metadata.deletionTimestamp === undefined && Date.parse(at) > limit;
    }),
  );
}
