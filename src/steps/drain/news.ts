import { type Failure, StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Followed, Kubernetes, PdbObject, PodObject } from '../../ports/kubernetes.ts';

/** What is known of a node's pods, and of the budgets that hold them, from one moment to the next. */
export interface News {
  /** The node's pods by uid, once they are known. Throws StepFailure when the API server cannot be asked at first. */
  pods(): Promise<ReadonlyMap<string, PodObject>>;
  /** The pods as far as they are known now. What is not among them is gone for good: a uid never comes back. */
  readonly present: ReadonlyMap<string, PodObject>;
  /** Follows the budgets of a namespace from now on. */
  followBudgets(namespace: string): void;
  /** A budget of a followed namespace as it was told last; undefined while it is not known or cannot be followed. */
  budget(namespace: string, name: string): PdbObject | undefined;
  budgets(namespace: string): readonly PdbObject[];
  /** Budgets (`namespace name`) that have been told to allow something since this was asked last. */
  takeOpened(): ReadonlySet<string>;
  /** Wakes whoever waits for a change. */
  ring(): void;
  /** To be called before looking: whatever changes from now on is a reason to look again. */
  hush(): void;
  /** Fires at the next change, and has fired when there was one since hushing. */
  readonly changed: AbortSignal;
  /** Ends all watches. */
  close(): Promise<void>;
}

type FollowApi = Pick<Kubernetes, 'followPods' | 'followPdbs'>;

export function followNode(kubernetes: FollowApi, node: NodeName): News {
  const over = new AbortController();
  const first = Promise.withResolvers<void>();
  const pods = new Map<string, PodObject>();
  const budgets = new Map<string, Map<string, PdbObject>>();
  const opened = new Set<string>();
  const watches: Promise<void>[] = [];
  let bell = new AbortController();
  const ring = (): void => bell.abort();
  // Whoever never asks for the pods must not be told of it as an unhandled rejection.
  first.promise.catch(() => undefined);

  const watch = (following: Promise<void>): void => {
    watches.push(following.catch((error: unknown) => first.reject(error)));
  };
  watch(
    keep(kubernetes.followPods({ node }, over.signal), {
      all(objects) {
        pods.clear();
        for (const pod of objects) pods.set(pod.uid, pod);
        first.resolve();
        ring();
      },
      put(pod) {
        pods.set(pod.uid, pod);
        ring();
      },
      gone(uid) {
        pods.delete(uid);
        ring();
      },
      lost: (failure) => first.reject(thrown(failure)),
    }),
  );

  return {
    async pods() {
      await first.promise;
      return pods;
    },
    present: pods,
    followBudgets(namespace) {
      if (budgets.has(namespace)) return;
      const known = new Map<string, PdbObject>();
      budgets.set(namespace, known);
      const put = (budget: PdbObject): void => {
        known.set(budget.name, budget);
        if (budget.disruptionsAllowed <= 0) return;
        opened.add(budgetKey(namespace, budget.name));
        ring();
      };
      watch(
        keep(kubernetes.followPdbs({ namespace }, over.signal), {
          all(objects) {
            known.clear();
            for (const budget of objects) put(budget);
          },
          put,
          // One budget less: what it held may go now. Which one it was is not worth knowing.
          gone: () => ring(),
          lost: () => known.clear(),
        }),
      );
    },
    budget: (namespace, name) => budgets.get(namespace)?.get(name),
    budgets: (namespace) => [...(budgets.get(namespace)?.values() ?? [])],
    takeOpened() {
      const taken = new Set(opened);
      opened.clear();
      return taken;
    },
    ring,
    hush() {
      if (bell.signal.aborted) bell = new AbortController();
    },
    get changed() {
      return bell.signal;
    },
    async close() {
      over.abort();
      ring();
      await Promise.all(watches);
    },
  };
}

export const budgetKey = (namespace: string, name: string): string => `${namespace} ${name}`;

async function keep<T>(
  news: AsyncIterable<Followed<T>>,
  hear: {
    all(objects: readonly T[]): void;
    put(object: T): void;
    gone(uid: string): void;
    lost(failure: Failure): void;
  },
): Promise<void> {
  for await (const one of news) {
    if (one.kind === 'all') hear.all(one.objects);
    else if (one.kind === 'put') hear.put(one.object);
    else if (one.kind === 'gone') hear.gone(one.uid);
    else hear.lost(one.failure);
  }
}

function thrown({ code, message, facts, retry }: Failure): StepFailure {
  return new StepFailure(code, message, { facts, retry });
}
