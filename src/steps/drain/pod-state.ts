import type { EvictionOutcome, PodObject } from '../../ports/kubernetes.ts';

/** How far one pod's eviction has come. */
export type PodState =
  /** To be asked (again) at `nextTryAt`. `waitsFor` is what the last answer said, while there is something to wait for. */
  | {
      readonly status: 'asking';
      readonly nextTryAt: number;
      readonly pauseMs: number;
      /** Absent until it was asked for the first time. */
      readonly askedAt?: number;
      readonly waitsFor?: WaitReason;
      /** The server itself said when to ask again. */
      readonly isTold?: boolean;
    }
  /** Its eviction was accepted, or it was being deleted anyway. */
  | { readonly status: 'leaving'; readonly since: number }
  | { readonly status: 'gone' }
  /** Only this pod's eviction is given up; the others go on. */
  | { readonly status: 'failed'; readonly message: string };

export type WaitReason =
  | { readonly kind: 'budget'; readonly message: string }
  | { readonly kind: 'namespace' }
  | { readonly kind: 'api'; readonly message: string };

/**
 * kubectl asks again after 5 s. The first tries come sooner, because most budgets open up again within seconds; the API
 * server is spared all the same, since only one pod of a budget asks.
 */
const firstPauseMs = 250;
const longestPauseMs = 5_000;

export function firstState(pod: PodObject, now: number): PodState {
  return pod.deletionTimestamp === undefined
    ? { status: 'asking', nextTryAt: now, pauseMs: firstPauseMs }
    : { status: 'leaving', since: now };
}

/** The state after an answer to an eviction (kubernetes/kubectl pkg/drain/drain.go, evictPods). */
export function afterEviction(
  state: Extract<PodState, { status: 'asking' }>,
  outcome: EvictionOutcome,
  now: number,
): PodState {
  switch (outcome.status) {
    case 'gone':
      return { status: 'gone' };
    case 'accepted':
      return { status: 'leaving', since: now };
    case 'blocked':
      return askAgain(state, now, { kind: 'budget', message: outcome.message }, outcome.retryAfterSeconds);
    case 'namespace-terminating':
      return askAgain(state, now, { kind: 'namespace' });
    case 'refused':
      return { status: 'failed', message: `${outcome.code}: ${outcome.message}` };
    default:
      return outcome satisfies never;
  }
}

/** The state after an API server that did not answer: nobody knows whether the eviction was heard, so it is repeated. */
export function afterSilence(
  state: Extract<PodState, { status: 'asking' }>,
  message: string,
  now: number,
): PodState {
  return askAgain(state, now, { kind: 'api', message });
}

/** The state after another pod has left: a budget may have opened up, so the pauses begin anew. */
export function afterProgress(state: PodState, now: number): PodState {
  if (state.status !== 'asking' || state.isTold || state.waitsFor?.kind !== 'budget') return state;
  return { ...state, nextTryAt: Math.min(state.nextTryAt, now + firstPauseMs), pauseMs: firstPauseMs };
}

/** What pods that wait for the same budget have in common; undefined for one that waits for none. */
export function budgetOf({ namespace }: PodObject, state: PodState): string | undefined {
  return state.status === 'asking' && state.waitsFor?.kind === 'budget'
    ? `${namespace} ${/disruption budget (\S+)/.exec(state.waitsFor.message)?.[1] ?? state.waitsFor.message}`
    : undefined;
}

/** The state of a pod whose budget has just refused another one: it would have been refused, too. */
export function afterRefusalOfAnother(state: PodState, refused: PodState): PodState {
  if (state.status !== 'asking' || refused.status !== 'asking') return state;
  return {
    ...state,
    nextTryAt: refused.nextTryAt,
    pauseMs: refused.pauseMs,
    isTold: refused.isTold ?? false,
  };
}

function askAgain(
  state: Extract<PodState, { status: 'asking' }>,
  now: number,
  waitsFor: WaitReason,
  retryAfterSeconds?: number,
): PodState {
  const pauseMs = retryAfterSeconds === undefined ? state.pauseMs : retryAfterSeconds * 1_000;
  return {
    status: 'asking',
    nextTryAt: now + pauseMs,
    askedAt: now,
    pauseMs: Math.min(state.pauseMs * 1.5, longestPauseMs),
    waitsFor,
    isTold: retryAfterSeconds !== undefined,
  };
}
