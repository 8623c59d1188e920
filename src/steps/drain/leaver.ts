import type { Policy } from '../../domain/policy.ts';
import type { PodObject } from '../../ports/kubernetes.ts';
import { groupOf } from './groups.ts';
import { firstState, type PodState } from './pod-state.ts';

/** A pod on its way out, with how far it has come. */
export interface Leaver {
  pod: PodObject;
  state: PodState;
  /** When its turn is; those of a later group wait for all of an earlier one. */
  readonly group: number;
  /** When it is given up, by the drain's clock, but for what people answer. */
  deadline: number;
  /** It is being asked for in this moment. */
  isBusy: boolean;
}

/** Whether a pod shall run to its end: its label or annotation of that name says `true`. */
function mustFinish(pod: PodObject, { waitCompleted }: Policy['drain']): boolean {
  const { key } = waitCompleted;
  return (pod.labels[key] ?? pod.annotations[key]) === 'true';
}

/** What a drain that was cut short has at least, however long ago it began: enough for one try at everything. */
const leastMs = 60_000;

/** @param began when the attempt began, be it in an earlier process: its time does not begin anew */
export function leaverOf(pod: PodObject, policy: Policy['drain'], began: number): Leaver {
  const { timeoutSeconds = policy.timeoutSeconds } = policy.namespaces[pod.namespace] ?? {};
  const needed = mustFinish(pod, policy) && !hasFinished(pod);
  return {
    pod,
    state: { status: 'queued' },
    group: groupOf(pod, policy.order),
    deadline: began + (needed ? policy.waitCompleted.timeoutSeconds : timeoutSeconds) * 1_000,
    isBusy: false,
  };
}

/** The state in which a pod's turn begins. */
export function atItsTurn({ pod }: Leaver, policy: Policy['drain'], now: number): PodState {
  return mustFinish(pod, policy) && !hasFinished(pod) && pod.deletionTimestamp === undefined
    ? { status: 'finishing', since: now }
    : firstState(pod, now);
}

/** When an attempt that is taken up at `now` counts as begun: never so long ago that nothing could be tried. */
export function countedFrom(startedAt: number, now: number, { timeoutSeconds }: Policy['drain']): number {
  return Math.max(startedAt, now - Math.max(0, timeoutSeconds * 1_000 - leastMs));
}

export function hasFinished({ phase }: PodObject): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

export const isGone = ({ state }: Leaver): boolean => state.status === 'gone';

/** Whether something can still become of it. */
export const isOpen = ({ state }: Leaver): boolean => state.status !== 'gone' && state.status !== 'failed';
