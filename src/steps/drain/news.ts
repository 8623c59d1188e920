import { type Failure, StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Followed, Kubernetes, PdbObject, PodObject } from '../../ports/kubernetes.ts';

/** What is known of a node's pods, and of the budgets that hold them, from one moment to the next. */
export interface News {
  /** The node's pods by uid, once they are known. Throws StepFailure when the API server cannot be asked at first. */
  pods(): Promise<ReadonlyMap<string, PodObject>>;
  /** The pods as far as they are known now. What is not among them is gone for good: a uid never comes back. */
  readonly present: ReadonlyMap<string, PodObject>;
  /** Follows all budgets from now on; a drain that nothing forbids never does. */
  followBudgets(): void;
  /** Whether changes of a budget (`namespace name`) are told: it is known, and can be followed. */
  isFollowed(key: string | undefined): boolean;
  /** Budgets (`namespace name`) that have been told to allow something since this was asked last. */
  takeOpened(): ReadonlySet<string>;
  /** The budgets (`namespace name`) that are waited for: the others may open without waking anybody. */
  awaitBudgets(keys: ReadonlySet<string>): void;
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
  const budgets = new Set<string>();
  let followsBudgets = false;
  const opened = new Set<string>();
  let awaited: ReadonlySet<string> = new Set();
  const watches: Promise<void>[] = [];
  let bell = new AbortController();
  // A reason of its own spares an exception with its stack for each of thousands of changes.
  const ring = (): void => bell.abort(rung);
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
    followBudgets() {
      if (followsBudgets) return;
      followsBudgets = true;
      const put = ({ namespace, name, disruptionsAllowed }: PdbObject): void => {
        const key = budgetKey(namespace, name);
        budgets.add(key);
        if (disruptionsAllowed <= 0) return;
        opened.add(key);
        if (awaited.has(key)) ring();
      };
      watch(
        keep(kubernetes.followPdbs(over.signal), {
          all(objects) {
            budgets.clear();
            for (const budget of objects) put(budget);
          },
          put,
          // What it held may go now, and asks again within seconds.
          gone: () => undefined,
          lost: () => budgets.clear(),
        }),
      );
    },
    isFollowed: (key) => key !== undefined && budgets.has(key),
    awaitBudgets(keys) {
      awaited = keys;
    },
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

const rung = 'something has changed';

export const budgetKey = (namespace: string, name: string): string => `${namespace} ${name}`;

async function keep<T>(
  news: AsyncIterable<Followed<T>>,
  hear: {
    all(objects: readonly T[]): void;
    put(object: T): void;
    gone(id: string): void;
    lost(failure: Failure): void;
  },
): Promise<void> {
  for await (const one of news) {
    if (one.kind === 'all') hear.all(one.objects);
    else if (one.kind === 'put') hear.put(one.object);
    else if (one.kind === 'gone') hear.gone(one.id);
    else hear.lost(one.failure);
  }
}

function thrown({ code, message, facts, retry }: Failure): StepFailure {
  return new StepFailure(code, message, { facts, retry });
}
