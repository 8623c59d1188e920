import type { EvictionOutcome, PodObject } from '../../ports/kubernetes.ts';
import { budgetKey } from './news.ts';

/** How far one pod's way out has come. */
export type PodState =
  /** Its group's turn has not come. */
  | { readonly status: 'queued' }
  /** It is let run to its end. */
  | { readonly status: 'finishing'; readonly since: number }
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
  | { readonly status: 'failed'; readonly message: string; readonly since: number };

type Asking = Extract<PodState, { status: 'asking' }>;

export type WaitReason = { readonly since: number } & (
  | { readonly kind: 'budget'; readonly message: string }
  | { readonly kind: 'namespace' }
  | { readonly kind: 'api'; readonly message: string }
  /** A webhook that would have to agree cannot be called. */
  | { readonly kind: 'webhook'; readonly message: string }
);

/** Without the `since`, which a repeated reason keeps. */
type Waits<Reason extends WaitReason = WaitReason> = Reason extends unknown ? Omit<Reason, 'since'> : never;

/**
 * kubectl asks again after 5 s. Where the budget itself can be followed, so does this: its changes say when to ask
 * sooner. Where it cannot, the first tries come sooner, because most budgets open up again within seconds; the API
 * server is spared all the same, since only one pod of a budget asks.
 */
const firstPauseMs = 250;
export const longestPauseMs = 5_000;

/**
 * A webhook whose pods have just been moved, by this very drain or by the last one, is back when they run elsewhere. One
 * that says no has answered, and is not asked again.
 */
const webhookPatienceMs = 60_000;

export function firstState(pod: PodObject, now: number): PodState {
  return pod.deletionTimestamp === undefined
    ? { status: 'asking', nextTryAt: now, pauseMs: firstPauseMs }
    : { status: 'leaving', since: now };
}

/** The state after an answer to an eviction (kubernetes/kubectl pkg/drain/drain.go, evictPods). */
export function afterEviction(
  state: Asking,
  outcome: EvictionOutcome,
  now: number,
  isFollowed: (message: string) => boolean,
): PodState {
  switch (outcome.status) {
    case 'gone':
      return { status: 'gone' };
    case 'accepted':
      return { status: 'leaving', since: now };
    case 'blocked': {
      const { message, retryAfterSeconds } = outcome;
      const pauseMs =
        retryAfterSeconds === undefined
          ? isFollowed(message)
            ? longestPauseMs
            : state.pauseMs
          : retryAfterSeconds * 1_000;
      const again = askAgain(state, now, { kind: 'budget', message }, pauseMs);
      return { ...again, isTold: retryAfterSeconds !== undefined };
    }
    case 'namespace-terminating':
      return askAgain(state, now, { kind: 'namespace' });
    case 'refused': {
      const message = `${outcome.code}: ${outcome.message}`;
      const since = state.waitsFor?.kind === 'webhook' ? state.waitsFor.since : now;
      return isWebhookAway(outcome) && now - since < webhookPatienceMs
        ? askAgain(state, now, { kind: 'webhook', message })
        : { status: 'failed', message, since };
    }
    default:
      return outcome satisfies never;
  }
}

/** k8s.io/apiserver pkg/admission/plugin/webhook/errors: what a fail-closed webhook that cannot be called comes to. */
function isWebhookAway({ code, message }: { readonly code: number; readonly message: string }): boolean {
  return code === 500 && message.includes('failed calling webhook');
}

/** The state after an API server that did not answer: nobody knows whether the eviction was heard, so it is repeated. */
export function afterSilence(state: Asking, message: string, now: number): PodState {
  return askAgain(state, now, { kind: 'api', message });
}

/** The state after another pod has left: a budget may have opened up, so the pauses begin anew. */
export function afterProgress(state: PodState, now: number): PodState {
  if (state.status !== 'asking' || state.isTold || state.waitsFor?.kind !== 'budget') return state;
  return { ...state, nextTryAt: Math.min(state.nextTryAt, now + firstPauseMs), pauseMs: firstPauseMs };
}

/** The state after its budget was told to allow something: it is asked for at once, unless the server named a time. */
export function afterOpening(state: PodState, now: number): PodState {
  if (state.status !== 'asking' || state.isTold || state.waitsFor?.kind !== 'budget') return state;
  return { ...state, nextTryAt: Math.min(state.nextTryAt, now) };
}

/** The budget that an API server's words name: `The disruption budget db needs 2 healthy pods and has 2 currently`. */
export function budgetIn(message: string): string | undefined {
  return /disruption budget (\S+)/.exec(message)?.[1];
}

/** What pods that wait for the same budget have in common; undefined for one that waits for none. */
export function budgetOf({ namespace }: PodObject, state: PodState): string | undefined {
  return state.status === 'asking' && state.waitsFor?.kind === 'budget'
    ? budgetKey(namespace, budgetIn(state.waitsFor.message) ?? state.waitsFor.message)
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

function askAgain(state: Asking, now: number, waits: Waits, pauseMs = state.pauseMs): Asking {
  const since = state.waitsFor?.kind === waits.kind ? state.waitsFor.since : now;
  return {
    status: 'asking',
    nextTryAt: now + pauseMs,
    askedAt: now,
    pauseMs: Math.min(state.pauseMs * 1.5, longestPauseMs),
    waitsFor: { ...waits, since },
  };
}
