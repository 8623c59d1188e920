import pLimit from 'p-limit';
import { StepFailure } from '../../domain/failure.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Kubernetes, PodObject } from '../../ports/kubernetes.ts';
import type { SteadyClock } from '../steady-clock.ts';
import { throwIfStopped } from '../wait-until.ts';
import { atItsTurn, hasFinished, isGone, isOpen, type Leaver, leaverOf } from './leaver.ts';
import { budgetKey, type News } from './news.ts';
import { isOverdue } from './overdue.ts';
import {
  afterEviction,
  afterOpening,
  afterProgress,
  afterRefusalOfAnother,
  afterSilence,
  budgetIn,
  budgetOf,
  firstState,
} from './pod-state.ts';

export interface EvictAllOptions {
  readonly kubernetes: Pick<Kubernetes, 'evictPod'>;
  readonly news: News;
  readonly clock: SteadyClock;
  /** Fires when the process is to stop: throws its reason. */
  readonly signal: AbortSignal;
  /** Fires when the drain is to be left as it is. */
  readonly abandoned: AbortSignal;
  readonly policy: Policy['drain'];
  /** When the attempt counts as begun, by `clock`: deadlines are counted from there. */
  readonly began: number;
  /** Called at every look, with all that have not left: answers of people are taken, and what blocks is told. */
  readonly attend: (progress: Progress, now: number) => Promise<Attention>;
}

export interface Progress {
  readonly left: readonly Leaver[];
  readonly moved: number;
}

/** What people make of a drain. */
export interface Attention {
  /** Pods that may take longer than their policy allows, until then. */
  readonly extendedTo: number;
  readonly isStopped: boolean;
}

/** How a drain ended: `left` are the pods that are still there, failed ones included. */
export interface EvictionReport {
  readonly ended: 'drained' | 'gave-up' | 'stopped' | 'abandoned';
  readonly moved: number;
  readonly left: readonly Leaver[];
}

/** How many evictions are asked for at once; an API server takes them one after the other anyway. */
const parallel = 32;
/** Answers of people, pods that were being deleted for too long and deadlines are looked for so often; no call is made. */
const lookMs = 1_000;

/**
 * Evicts pods and waits until they are gone, as `kubectl drain` does: all of a group at the same time, each asked for
 * again for as long as a budget forbids it. A pod is gone when the node has no pod of its uid any more. Nothing is kept
 * beyond this call, so after a crash it simply begins again with what is still there.
 */
export async function evictAll(
  pods: readonly PodObject[],
  options: EvictAllOptions,
): Promise<EvictionReport> {
  const { clock, signal, abandoned, news, policy } = options;
  const leavers = pods.map((pod) => leaverOf(pod, policy, options.began));
  const asking = createAsking(options);
  const report = (ended: EvictionReport['ended']): EvictionReport => {
    const left = leavers.filter((leaver) => !isGone(leaver));
    return { ended, moved: leavers.length - left.length, left };
  };

  try {
    for (;;) {
      news.hush();
      throwIfStopped(signal);
      const leftBehind = noteNews(leavers, options);
      beginTurns(leavers, options);
      asking.askDue(leavers);
      const now = clock.now();
      const left = leavers.filter((leaver) => !isGone(leaver));
      // A budget counts the pods of its own namespace; one that can be followed tells of it itself.
      for (const leaver of left) {
        const mayHaveOpened =
          leftBehind.has(leaver.pod.namespace) && !news.isFollowed(budgetOf(leaver.pod, leaver.state));
        if (mayHaveOpened) leaver.state = afterProgress(leaver.state, now);
      }
      if (left.length === 0) return report('drained');
      if (abandoned.aborted) return report('abandoned');
      const { extendedTo, isStopped } = await options.attend(
        { left, moved: leavers.length - left.length },
        now,
      );
      if (isStopped) return report('stopped');
      const waiting = left.filter(
        (leaver) => isOpen(leaver) && (leaver.isBusy || clock.now() < Math.max(leaver.deadline, extendedTo)),
      );
      // Pods whose turn has not come wait in vain when what is before them was given up.
      if (waiting.every(({ state }) => state.status === 'queued')) {
        return report(left.every(isGone) ? 'drained' : 'gave-up');
      }
      const wake = AbortSignal.any([signal, abandoned, news.changed]);
      await clock.sleep(pauseMs(waiting, extendedTo, clock.now()), wake);
    }
  } finally {
    await asking.settled();
  }
}

/** Until the next eviction is due or a deadline is over, and no longer than people wait for an answer to be taken. */
function pauseMs(waiting: readonly Leaver[], extendedTo: number, now: number): number {
  const moments = waiting.map(({ state, deadline, isBusy }) =>
    Math.min(
      Math.max(deadline, extendedTo),
      state.status === 'asking' && !isBusy ? state.nextTryAt : Number.POSITIVE_INFINITY,
    ),
  );
  return Math.max(1, Math.min(lookMs, Math.min(...moments) - now));
}

/**
 * What the node's pods and the budgets have come to since the last look.
 * @returns the namespaces of which pods have left
 */
function noteNews(leavers: readonly Leaver[], { news, clock, policy }: EvictAllOptions): ReadonlySet<string> {
  const now = clock.now();
  const opened = news.takeOpened();
  const left = new Set<string>();
  const awaited = new Set<string>();
  for (const leaver of leavers) {
    if (isGone(leaver)) continue;
    const present = news.present.get(leaver.pod.uid);
    if (!present) {
      leaver.state = { status: 'gone' };
      left.add(leaver.pod.namespace);
      continue;
    }
    // Budgets may let go of a pod that is not ready (unhealthyPodEvictionPolicy).
    const hasTurned = present.ready !== leaver.pod.ready;
    leaver.pod = present;
    if (isOverdue(present, policy, now)) leaver.state = { status: 'gone' };
    else if (leaver.state.status === 'finishing' && hasFinished(present)) {
      leaver.state = firstState(present, now);
      leaver.deadline = Math.max(leaver.deadline, now + policy.timeoutSeconds * 1_000);
    } else if (present.deletionTimestamp !== undefined && isStill(leaver)) {
      leaver.state = { status: 'leaving', since: now };
    } else {
      const budget = budgetOf(present, leaver.state);
      if (budget !== undefined) awaited.add(budget);
      if (hasTurned || opened.has(budget ?? '')) leaver.state = afterOpening(leaver.state, now);
    }
  }
  news.awaitBudgets(awaited);
  return left;
}

/** Whatever it waits for, its deletion has begun without us. */
const isStill = ({ state }: Leaver): boolean => state.status !== 'leaving' && state.status !== 'queued';

/** Those of the earliest group that has not left get their turn. */
function beginTurns(leavers: readonly Leaver[], { clock, policy }: EvictAllOptions): void {
  const group = Math.min(...leavers.filter((leaver) => !isGone(leaver)).map((leaver) => leaver.group));
  for (const leaver of leavers) {
    if (leaver.group !== group || leaver.state.status !== 'queued') continue;
    leaver.state = atItsTurn(leaver, policy, clock.now());
  }
}

/** The evictions that are under way: nobody waits for a slow one who need not. */
function createAsking(options: EvictAllOptions) {
  const { news, clock, signal } = options;
  const limit = pLimit(parallel);
  const underWay = new Set<Promise<void>>();
  const broken: unknown[] = [];

  /**
   * Of the pods that wait for one budget the first asks for all: while it is refused the others would be, and when it is
   * let go the next one asks.
   */
  const askQueue = async (queue: readonly Leaver[]): Promise<void> => {
    for (const [place, leaver] of queue.entries()) {
      if (signal.aborted) return;
      await limit(() => ask(leaver, options));
      if (leaver.state.status !== 'asking') continue;
      for (const other of queue.slice(place + 1))
        other.state = afterRefusalOfAnother(other.state, leaver.state);
      return;
    }
  };

  return {
    askDue(leavers: readonly Leaver[]): void {
      if (broken.length > 0) throw broken[0];
      const now = clock.now();
      const due = leavers.filter(
        ({ state, isBusy }) => !isBusy && state.status === 'asking' && state.nextTryAt <= now,
      );
      for (const queue of queuesOf(due)) {
        for (const leaver of queue) leaver.isBusy = true;
        const asked = askQueue(queue)
          .catch((error: unknown) => void broken.push(error))
          .finally(() => {
            for (const leaver of queue) leaver.isBusy = false;
            underWay.delete(asked);
            news.ring();
          });
        underWay.add(asked);
      }
    },
    settled: async () => void (await Promise.all(underWay)),
  };
}

/** One queue for each budget, whoever asked longest ago first; everybody else alone. */
function queuesOf(due: readonly Leaver[]): Leaver[][] {
  const queues = new Map<string, Leaver[]>();
  for (const leaver of due) {
    const key = budgetOf(leaver.pod, leaver.state) ?? leaver.pod.uid;
    queues.set(key, [...(queues.get(key) ?? []), leaver]);
  }
  const askedAt = ({ state }: Leaver): number => (state.status === 'asking' ? (state.askedAt ?? 0) : 0);
  return [...queues.values()].map((queue) => queue.toSorted((a, b) => askedAt(a) - askedAt(b)));
}

async function ask(leaver: Leaver, { kubernetes, news, clock, policy }: EvictAllOptions): Promise<void> {
  const { pod, state } = leaver;
  if (state.status !== 'asking') return;
  const { gracePeriodSeconds = policy.gracePeriodSeconds } = policy.namespaces[pod.namespace] ?? {};
  const isFollowed = (message: string): boolean =>
    news.isFollowed(budgetKey(pod.namespace, budgetIn(message) ?? ''));
  try {
    const outcome = await kubernetes.evictPod(pod, gracePeriodSeconds);
    // It may have gone, or have been deleted by people, while the answer was on its way.
    if (leaver.state.status !== 'asking') return;
    leaver.state = afterEviction(leaver.state, outcome, clock.now(), isFollowed);
    if (outcome.status === 'blocked') news.followBudgets();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    if (leaver.state.status !== 'asking') return;
    leaver.state =
      error.code === 'kubernetes.unavailable'
        ? afterSilence(leaver.state, error.message, clock.now())
        : { status: 'failed', message: error.message, since: clock.now() };
  }
}
