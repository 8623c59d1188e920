import { StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import type { PodObject } from '../../ports/kubernetes.ts';
import type { Leaver } from './leaver.ts';
import { type DrainPods, podName } from './pods.ts';

/**
 * What holds a drain up, as a failure: an eviction that was refused, then a budget, then a pod that does not end.
 * @param away why the node itself is not Ready, which then comes first: pods and budgets wait for it
 */
export function blockage(node: NodeName, left: readonly Leaver[], away?: string): StepFailure {
  const failure = ofPods(node, left);
  if (away === undefined) return failure;
  const { code, message, facts } = failure;
  return new StepFailure(
    code,
    `${node} is itself ${away}: no pod on it can end before it answers. ${message}`,
    {
      facts,
    },
  );
}

function ofPods(node: NodeName, left: readonly Leaver[]): StepFailure {
  const failed = left.filter(({ state }) => state.status === 'failed');
  const budgeted = left.filter(({ state }) => state.status === 'asking' && state.waitsFor?.kind === 'budget');
  const first = failed[0] ?? budgeted[0] ?? left.find(({ state }) => state.status !== 'queued') ?? left[0];
  const facts = {
    node,
    ...(first ? { pod: podName(first.pod) } : {}),
    pods: named(left.map(({ pod }) => podName(pod))),
  };
  const others = left.length > 1 ? ` ${left.length - 1} more wait with it.` : '';
  if (failed[0]?.state.status === 'failed') {
    return new StepFailure(
      'drain.eviction-failed',
      `Pod ${podName(failed[0].pod)} on ${node} could not be evicted: ${failed[0].state.message}.${others}`,
      { facts },
    );
  }
  if (budgeted[0]?.state.status === 'asking' && budgeted[0].state.waitsFor?.kind === 'budget') {
    return budgetBlockage(node, budgeted[0], budgeted[0].state.waitsFor.message, facts, others);
  }
  return new StepFailure(
    'drain.pod-stuck',
    first
      ? `Pod ${podName(first.pod)} on ${node} does not go away: ${stuckBecause(first)}.${others}`
      : `${node} is not drained.`,
    { facts },
  );
}

/** kubernetes/kubernetes eviction.go: `The disruption budget db needs 2 healthy pods and has 2 currently`. */
function budgetBlockage(
  node: NodeName,
  { pod }: Leaver,
  message: string,
  facts: Record<string, string>,
  others: string,
): StepFailure {
  const match = /disruption budget (\S+) needs (\d+) healthy pods and has (\d+) currently/.exec(message);
  const [, name, needs, has] = match ?? [];
  if (name === undefined || needs === undefined || has === undefined) {
    return new StepFailure(
      'drain.pdb-blocked',
      `Pod ${podName(pod)} on ${node} may not be evicted: ${message}${message.endsWith('.') ? '' : '.'}${others}`,
      { facts: { ...facts, said: message } },
    );
  }
  return new StepFailure(
    'drain.pdb-blocked',
    `Pod ${podName(pod)} on ${node} may not be evicted: PDB ${name} needs ${needs} healthy and has ${has}.${others}`,
    { facts: { ...facts, pdb: `${pod.namespace}/${name}`, needs, has } },
  );
}

function stuckBecause({ pod, state }: Leaver): string {
  if (state.status === 'finishing') return 'it is marked to run to its end, and has not come to it';
  if (state.status === 'queued') return 'its turn has not come';
  if (state.status !== 'asking') {
    return pod.deletionTimestamp === undefined
      ? 'its eviction was accepted, and it has not ended'
      : `it had until ${graceEnd(pod.deletionTimestamp)} to end${heldBy(pod)}`;
  }
  if (state.waitsFor?.kind === 'namespace') return 'its namespace is terminating';
  return state.waitsFor?.kind === 'api' || state.waitsFor?.kind === 'webhook'
    ? state.waitsFor.message
    : 'its eviction has not been asked for';
}

/** `2026-11-23 13:58 UTC`: for people, who may read it days later. */
export function graceEnd(deletionTimestamp: string): string {
  const at = new Date(deletionTimestamp);
  if (Number.isNaN(at.getTime())) return deletionTimestamp;
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Whoever put a finalizer on a pod has to take it away: until then the pod stays, ended or not. */
export function heldBy({ finalizers = [] }: Pick<PodObject, 'finalizers'>): string {
  return finalizers.length === 0
    ? ''
    : `, and ${finalizers.length === 1 ? 'its finalizer' : 'its finalizers'} ${named(finalizers)} ${finalizers.length === 1 ? 'keeps' : 'keep'} it`;
}

/** The drain was left in the middle because the run is to be aborted; nothing is wrong with it. */
export function abandoned(node: NodeName, moved: number, left: number): StepFailure {
  return new StepFailure(
    'drain.abandoned',
    `${node}: the drain was left for the abort; ${moved} ${moved === 1 ? 'pod has' : 'pods have'} moved, ${left} ${left === 1 ? 'stays' : 'stay'}.`,
    { facts: { node, moved: String(moved), left: String(left) } },
  );
}

/** The pods that policy does not let go of. Nothing was evicted. */
export function refusal(node: NodeName, refused: DrainPods['refused']): StepFailure {
  const reasons = refused.map(({ pod, reason }) => `${podName(pod)}: ${reason}`);
  return new StepFailure(
    'drain.refused',
    `${node} was not drained, and no pod was evicted: policy keeps ${refused.length === 1 ? 'a pod' : `${refused.length} pods`} (${named(reasons, '; ')}).`,
    { facts: { node, pods: named(refused.map(({ pod }) => podName(pod))) } },
  );
}

/** Up to ten, then how many more: nothing is cut in silence. */
function named(names: readonly string[], separator = ', '): string {
  const shown = names.slice(0, 10).join(separator);
  return names.length > 10 ? `${shown}${separator}and ${names.length - 10} more` : shown;
}
