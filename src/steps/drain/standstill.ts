import type { Blockage, BlockageReason, BudgetState } from '../../domain/blockage.ts';
import { StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Policy } from '../../domain/policy.ts';
import { selects } from '../../domain/selector.ts';
import type { Kubernetes, NamespaceObject, PdbObject, PodObject } from '../../ports/kubernetes.ts';
import { notReady } from '../not-ready.ts';
import type { SteadyClock } from '../steady-clock.ts';
import { graceEnd, heldBy } from './blockage.ts';
import type { Leaver } from './leaver.ts';

type LookUpApi = Pick<Kubernetes, 'listPdbs' | 'getNamespace' | 'workloadOf'>;

/** How many pods are described: more would not be read. The standstill says how many there are. */
const mostDescribed = 20;

/** Pods whose removal something holds up: not those that are merely on their way, nor those whose turn comes later. */
export function blockers(left: readonly Leaver[], patienceMs: number, now: number): Leaver[] {
  const isHeldUp = ({ state }: Leaver): boolean =>
    state.status === 'failed' ||
    state.status === 'finishing' ||
    (state.status === 'asking' && state.waitsFor !== undefined) ||
    (state.status === 'leaving' && now - state.since >= patienceMs);
  return left.filter(isHeldUp);
}

/**
 * What a person needs to decide about each pod. What cannot be looked up is left out: to tell people something is worth
 * more than to tell them all.
 */
export async function describeBlockages(
  kubernetes: LookUpApi,
  leavers: readonly Leaver[],
  policy: Policy['drain'],
  clock: Pick<SteadyClock, 'now' | 'shown'>,
): Promise<Blockage[]> {
  const described = leavers.slice(0, mostDescribed);
  const pdbs = await orUndefined(() => kubernetes.listPdbs());
  const spaces = new Map<string, NamespaceObject | undefined>();
  for (const name of new Set(described.map(({ pod }) => pod.namespace))) {
    spaces.set(name, await orUndefined(() => kubernetes.getNamespace(name)));
  }
  return Promise.all(
    described.map(async (leaver): Promise<Blockage> => {
      const { pod } = leaver;
      const workload = await orUndefined(() => kubernetes.workloadOf(pod));
      const owner = ownerOf(pod, spaces.get(pod.namespace), policy.owners);
      return {
        namespace: pod.namespace,
        name: pod.name,
        uid: pod.uid,
        ...whyOf(leaver, clock),
        ...(pod.finalizers ? { finalizers: [...pod.finalizers] } : {}),
        budgets: budgetsOf(pod, pdbs ?? []),
        ...(owner ? { owner } : {}),
        ...(workload ? { workload } : {}),
      };
    }),
  );
}

/** Why the node that is drained is itself not Ready: nothing on it ends until it answers. Undefined where it is, or unknown. */
export async function nodeNotReady(
  kubernetes: Pick<Kubernetes, 'getNode'>,
  name: NodeName,
): Promise<string | undefined> {
  const node = await orUndefined(() => kubernetes.getNode(name));
  return node === undefined || node.ready ? undefined : notReady(node);
}

function whyOf(
  { pod, state }: Leaver,
  clock: Pick<SteadyClock, 'now' | 'shown'>,
): Pick<Blockage, 'reason' | 'message' | 'since'> {
  const now = clock.now();
  const because = (reason: BlockageReason, message: string, since: number) => ({
    reason,
    message,
    since: clock.shown(since),
  });
  switch (state.status) {
    case 'failed':
      return /more than one PodDisruptionBudget/.test(state.message)
        ? because('several-budgets', state.message, state.since)
        : because('refused', state.message, state.since);
    case 'asking': {
      const { waitsFor } = state;
      if (waitsFor?.kind === 'budget') return because('budget', waitsFor.message, waitsFor.since);
      if (waitsFor?.kind === 'namespace') {
        return because('namespace-terminating', 'its namespace is terminating', waitsFor.since);
      }
      if (waitsFor?.kind === 'webhook') return because('webhook-silent', waitsFor.message, waitsFor.since);
      return because(
        'api-silent',
        waitsFor?.message ?? 'its eviction has not been asked for',
        waitsFor?.since ?? now,
      );
    }
    case 'finishing':
      return because('finishing', 'it is marked to run to its end', state.since);
    case 'leaving':
      return because(
        'terminating',
        pod.deletionTimestamp === undefined
          ? 'its eviction was accepted, and it has not ended'
          : `it had until ${graceEnd(pod.deletionTimestamp)} to end${heldBy(pod)}`,
        state.since,
      );
    case 'queued':
    case 'gone':
      return because('terminating', 'its turn has not come', now);
    default:
      return state satisfies never;
  }
}

/** The budgets that cover a pod, those that allow nothing first. */
function budgetsOf(pod: PodObject, pdbs: readonly PdbObject[]): BudgetState[] {
  return pdbs
    .filter((pdb) => pdb.namespace === pod.namespace && selects(pdb, pod.labels))
    .toSorted((a, b) => a.disruptionsAllowed - b.disruptionsAllowed)
    .map((pdb) => {
      const { matchLabels: _, matchExpressions: __, ...budget } = pdb;
      return budget;
    });
}

/** Who owns a pod, as far as it is written anywhere. */
export function ownerOf(
  pod: Pick<PodObject, 'namespace' | 'labels' | 'annotations'>,
  namespace: NamespaceObject | undefined,
  { annotations, labels, namespaces }: Policy['drain']['owners'],
): Blockage['owner'] {
  for (const [of, what] of [
    [pod, 'pod'],
    [namespace, 'namespace'],
  ] as const) {
    for (const key of annotations) {
      const text = of?.annotations[key];
      if (text) return { text, source: `annotation ${key} of the ${what}` };
    }
    for (const key of labels) {
      const text = of?.labels[key];
      if (text) return { text, source: `label ${key} of the ${what}` };
    }
  }
  const text = namespaces[pod.namespace];
  return text ? { text, source: 'from the configuration' } : undefined;
}

async function orUndefined<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof StepFailure) return undefined;
    throw error;
  }
}
