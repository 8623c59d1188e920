import { drainFateOf, isFinished } from '../domain/drain.ts';
import type { NodeName } from '../domain/names.ts';
import { selects } from '../domain/selector.ts';
import type { PdbSnapshot } from '../domain/snapshot.ts';
import type { OverlappingBudgets } from '../domain/workload-facts.ts';
import type { PdbObject, PodObject } from '../ports/kubernetes.ts';

/**
 * Budgets with the nodes whose drain they can hold up: those that run pods of theirs which a drain evicts. Pods that
 * stay (DaemonSets) or have finished are not held back by a budget.
 */
export function budgetsOf(pdbs: readonly PdbObject[], pods: readonly PodObject[]): PdbSnapshot[] {
  const podsOf = indexFor(pdbs, pods.filter(isHeldBack));
  return pdbs.map((pdb) => ({
    namespace: pdb.namespace,
    name: pdb.name,
    disruptionsAllowed: pdb.disruptionsAllowed,
    currentHealthy: pdb.currentHealthy,
    desiredHealthy: pdb.desiredHealthy,
    expectedPods: pdb.expectedPods,
    ...(pdb.minAvailable === undefined ? {} : { minAvailable: pdb.minAvailable }),
    ...(pdb.maxUnavailable === undefined ? {} : { maxUnavailable: pdb.maxUnavailable }),
    nodes: nodesOf(podsOf(pdb).filter((pod) => selects(pdb, pod.labels))),
  }));
}

/** A finding with more of them would not be read. */
const mostOverlaps = 200;

/** Pods that more than one budget selects: the eviction API refuses those whatever the budgets allow. */
export function overlappingBudgets(
  pdbs: readonly PdbObject[],
  pods: readonly PodObject[],
): OverlappingBudgets[] {
  const podsOf = indexFor(pdbs, pods.filter(isHeldBack));
  const budgets = new Map<PodObject, string[]>();
  for (const pdb of pdbs) {
    for (const pod of podsOf(pdb)) {
      if (selects(pdb, pod.labels)) budgets.set(pod, [...(budgets.get(pod) ?? []), pdb.name]);
    }
  }
  return [...budgets]
    .flatMap(([pod, names]) =>
      names.length > 1 && pod.node !== undefined
        ? [{ pod: `${pod.namespace}/${pod.name}`, node: pod.node, budgets: names.toSorted() }]
        : [],
    )
    .sort((a, b) => (a.pod < b.pod ? -1 : 1))
    .slice(0, mostOverlaps);
}

const isHeldBack = (pod: PodObject): boolean => !isFinished(pod) && drainFateOf(pod).fate === 'evicted';

function nodesOf(pods: readonly PodObject[]): NodeName[] {
  return [...new Set(pods.flatMap((pod) => pod.node ?? []))].toSorted();
}

/**
 * A look-up of the pods that a budget may select, by namespace and by the first label that it asks for: hundreds of
 * budgets over tens of thousands of pods of one namespace would take seconds otherwise.
 */
function indexFor(
  pdbs: readonly PdbObject[],
  pods: readonly PodObject[],
): (pdb: PdbObject) => readonly PodObject[] {
  const keys = new Map<string, Set<string>>();
  for (const pdb of pdbs) {
    const [key] = Object.keys(pdb.matchLabels);
    const known = keys.get(pdb.namespace) ?? new Set();
    if (key !== undefined) known.add(key);
    keys.set(pdb.namespace, known);
  }
  const byPlace = new Map<string, PodObject[]>();
  const put = (place: string, pod: PodObject) => {
    const there = byPlace.get(place);
    if (there) there.push(pod);
    else byPlace.set(place, [pod]);
  };
  for (const pod of pods) {
    const wanted = keys.get(pod.namespace);
    if (!wanted) continue;
    put(placeOf(pod.namespace), pod);
    for (const key of wanted) {
      const value = pod.labels[key];
      if (value !== undefined) put(placeOf(pod.namespace, key, value), pod);
    }
  }
  return ({ namespace, matchLabels }) => {
    const [first] = Object.entries(matchLabels);
    return byPlace.get(first ? placeOf(namespace, ...first) : placeOf(namespace)) ?? [];
  };
}

/** Neither namespaces nor labels have a line break in them. */
const placeOf = (...parts: string[]): string => parts.join('\n');
