import pLimit from 'p-limit';
import { StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Kubernetes, PodObject } from '../../ports/kubernetes.ts';
import { throwIfStopped } from '../wait-until.ts';
import {
  afterEviction,
  afterProgress,
  afterRefusalOfAnother,
  afterSilence,
  budgetOf,
  firstState,
  type PodState,
} from './pod-state.ts';

/** A pod on its way out, with how far it has come. */
export interface Leaver {
  readonly pod: PodObject;
  state: PodState;
}

export interface EvictAllOptions {
  readonly kubernetes: Pick<Kubernetes, 'evictPod' | 'listPods'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly node: NodeName;
  readonly policy: Policy['drain'];
  /** Called once a wait: when nothing has left for policy.patienceSeconds, with what is still there. */
  readonly onBlocked: (left: readonly Leaver[]) => void;
}

/** How a drain ended: `left` are the pods that are still there, failed ones included. */
export interface EvictionReport {
  readonly moved: number;
  readonly left: readonly Leaver[];
  readonly tookMs: number;
}

/** How many evictions are asked for at once; an API server takes them one after the other anyway. */
const parallel = 32;
const shortestLookMs = 100;
const longestLookMs = 1_000;

/**
 * Evicts pods and waits until they are gone, as `kubectl drain` does: all at the same time, each asked again for as long
 * as a budget forbids it. A pod is gone when the node has no pod of its uid any more. One list of the node's pods serves
 * all of them; nothing is kept beyond this call, so after a crash it simply begins again with what is still there.
 */
export async function evictAll(
  pods: readonly PodObject[],
  options: EvictAllOptions,
): Promise<EvictionReport> {
  const { clock, signal, policy } = options;
  const began = clock.now();
  const deadline = began + policy.timeoutSeconds * 1_000;
  const leavers: Leaver[] = pods.map((pod) => ({ pod, state: firstState(pod, began) }));
  const patience = createPatience(policy.patienceSeconds * 1_000, began);
  let lookMs = shortestLookMs;
  let fewest = leavers.length;

  for (;;) {
    throwIfStopped(signal);
    await askDue(leavers, options);
    await noteGone(leavers, options);
    const now = clock.now();
    const left = leavers.filter(({ state }) => state.status !== 'gone');
    const waiting = left.filter(({ state }) => state.status !== 'failed');
    if (waiting.length === 0 || now >= deadline) {
      return { moved: leavers.length - left.length, left, tookMs: now - began };
    }
    if (left.length < fewest) {
      fewest = left.length;
      lookMs = shortestLookMs;
      for (const leaver of left) leaver.state = afterProgress(leaver.state, now);
    }
    if (patience.isOver(left.length, now)) options.onBlocked(left);
    const nextTry = Math.min(
      ...waiting.map(({ state }) => (state.status === 'asking' ? state.nextTryAt : Infinity)),
    );
    await clock.sleep(Math.max(1, Math.min(lookMs, nextTry - now, deadline - now)), signal);
    lookMs = Math.min(lookMs * 1.5, longestLookMs);
  }
}

/**
 * Asks for the evictions whose time has come. Of the pods that wait for one budget the first asks for all: while it is
 * refused the others would be, and when it is let go the next one asks.
 */
async function askDue(leavers: readonly Leaver[], options: EvictAllOptions): Promise<void> {
  const limit = pLimit(parallel);
  const now = options.clock.now();
  const due = leavers.filter(({ state }) => state.status === 'asking' && state.nextTryAt <= now);
  await Promise.all(
    queuesOf(due).map(async (queue) => {
      for (const [place, leaver] of queue.entries()) {
        if (options.signal.aborted) return;
        await limit(() => ask(leaver, options));
        if (leaver.state.status !== 'asking') continue;
        for (const other of queue.slice(place + 1))
          other.state = afterRefusalOfAnother(other.state, leaver.state);
        return;
      }
    }),
  );
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

async function ask(leaver: Leaver, { kubernetes, clock, policy }: EvictAllOptions): Promise<void> {
  const { pod, state } = leaver;
  if (state.status !== 'asking') return;
  try {
    const outcome = await kubernetes.evictPod(pod, policy.gracePeriodSeconds);
    leaver.state = afterEviction(state, outcome, clock.now());
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    leaver.state =
      error.code === 'kubernetes.unavailable'
        ? afterSilence(state, error.message, clock.now())
        : { status: 'failed', message: error.message };
  }
}

/** Compares with the pods that the node still has. An API server that does not answer is asked again later. */
async function noteGone(leavers: readonly Leaver[], options: EvictAllOptions): Promise<void> {
  const { kubernetes, clock, node } = options;
  if (leavers.every(({ state }) => state.status === 'gone')) return;
  let there: Map<string, PodObject>;
  try {
    there = new Map((await kubernetes.listPods({ node })).map((pod) => [pod.uid, pod]));
  } catch (error) {
    if (error instanceof StepFailure && error.code === 'kubernetes.unavailable') return;
    throw error;
  }
  for (const leaver of leavers) {
    const pod = there.get(leaver.pod.uid);
    if (!pod) leaver.state = { status: 'gone' };
    else if (pod.deletionTimestamp !== undefined && leaver.state.status === 'asking') {
      leaver.state = { status: 'leaving', since: clock.now() };
    }
  }
}

/** Progress is fewer pods than before; patience is over once for every time that there is none for so long. */
function createPatience(patienceMs: number, began: number) {
  let fewest = Infinity;
  let since = began;
  let told = false;
  return {
    isOver(left: number, now: number): boolean {
      if (left < fewest) {
        fewest = left;
        since = now;
        told = false;
      }
      if (told || now - since < patienceMs) return false;
      told = true;
      return true;
    },
  };
}
