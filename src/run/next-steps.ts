import type { NodeName, StepKey } from '../domain/names.ts';
import type { Batch, Turn } from '../domain/plan.ts';
import type { Run } from '../domain/run.ts';
import type { Step } from '../domain/step.ts';
import { longestDelayMs } from './retry.ts';

/** What may happen next in a run, decided from its record alone. */
export interface NextSteps {
  /** Steps that are, or may now be, under way; at most one a turn. */
  readonly runnable: readonly Step[];
  /** When nothing is runnable but something will be: the moment, in milliseconds since the epoch. */
  readonly waitUntil?: number;
  /** All steps are through. */
  readonly complete: boolean;
  /** Nothing is under way and, as the run stands, nothing will be: the safe point that a pause or an abort waits for. */
  readonly settled: boolean;
}

type TurnState =
  | { readonly kind: 'through' }
  | { readonly kind: 'untouched' | 'under-way'; readonly next: Step }
  | { readonly kind: 'failed'; readonly next: Step };

/**
 * The next steps of a run. Batches are taken one after the other, turns of a batch side by side, steps of a turn in
 * order. A pause, and a halt of one node, let the nodes that are in the middle of their turn come to its end: none is
 * left cordoned for it. An abort lets only the present steps end, and puts back what can be put back.
 * @param now milliseconds since the epoch
 */
export function nextSteps(run: Run, now: number): NextSteps {
  if (run.status === 'aborting') return stepsBeforeAbort(run, now);
  const batch = currentBatch(run);
  if (!batch) return { runnable: [], complete: true, settled: true };
  if (run.status === 'paused') return { runnable: [], complete: false, settled: true };

  const onlyUnderWay = run.status !== 'running';
  const runnable: Step[] = [];
  let waitUntil = Number.POSITIVE_INFINITY;
  for (const turn of batch.turns) {
    const state = turnState(run, turn);
    if (state.kind === 'through' || state.kind === 'failed') continue;
    if (state.kind === 'untouched' && onlyUnderWay) continue;
    const retryAt = retryTime(run, state.next.key, now);
    if (retryAt !== undefined) waitUntil = Math.min(waitUntil, retryAt);
    else runnable.push(state.next);
  }
  return { ...outlook(runnable, waitUntil), complete: false };
}

/** Nodes of which a person decided to skip at least one step. */
export function skippedNodes(run: Run): ReadonlySet<NodeName> {
  const skipped = new Set<NodeName>();
  for (const turn of turnsOf(run)) {
    if (turn.subject.kind !== 'node') continue;
    if (turn.steps.some((step) => run.steps.get(step.key)?.status === 'skipped'))
      skipped.add(turn.subject.node);
  }
  return skipped;
}

/** The turn that a step belongs to. */
export function turnOf(run: Run, key: StepKey): Turn | undefined {
  return turnsOf(run).find((turn) => turn.steps.some((step) => step.key === key));
}

function turnsOf(run: Run): Turn[] {
  return run.plan.phases.flatMap((phase) => phase.batches.flatMap((batch) => batch.turns));
}

function currentBatch(run: Run): Batch | undefined {
  for (const phase of run.plan.phases) {
    for (const batch of phase.batches) {
      if (batch.turns.some((turn) => turnState(run, turn).kind !== 'through')) return batch;
    }
  }
  return undefined;
}

function isOver(run: Run, step: Step): boolean {
  const status = run.steps.get(step.key)?.status;
  return status === 'succeeded' || status === 'skipped';
}

function turnState(run: Run, turn: Turn): TurnState {
  const next = turn.steps.find((step) => !isOver(run, step));
  if (!next) return { kind: 'through' };
  if (run.steps.get(next.key)?.status === 'failed') return { kind: 'failed', next };
  return { kind: turn.steps.some((step) => run.steps.has(step.key)) ? 'under-way' : 'untouched', next };
}

/** When a step that waits for its next try is due; undefined when it is, or never waited. */
function retryTime(run: Run, key: StepKey, now: number): number | undefined {
  const record = run.steps.get(key);
  if (record?.status !== 'retrying' || !record.retryAt) return undefined;
  const retryAt = Date.parse(record.retryAt);
  // Farther away than any delay can be: the clock was set back since.
  const isPlausible = retryAt - now <= longestDelayMs(run.plan.policy.retries);
  return retryAt > now && isPlausible ? retryAt : undefined;
}

/**
 * An abort cuts nothing that runs (kubeadm killed midway leaves half the work). Then it uncordons the nodes that this
 * run cordoned, where that is safe: the kubelet is still the old one, or the new one was verified. A node in between
 * stays cordoned, and the message says so.
 */
function stepsBeforeAbort(run: Run, now: number): NextSteps {
  const runnable: Step[] = [];
  let waitUntil = Number.POSITIVE_INFINITY;
  for (const turn of turnsOf(run)) {
    const running = turn.steps.find((step) => run.steps.get(step.key)?.status === 'running');
    if (running) {
      runnable.push(running);
      continue;
    }
    const uncordon = turn.steps.find((step) => step.kind === 'uncordon-node');
    const record = uncordon && run.steps.get(uncordon.key);
    const isOpen = record === undefined || record.status === 'retrying';
    if (!uncordon || !isOpen || !isSafeToUncordon(run, turn)) continue;
    const retryAt = retryTime(run, uncordon.key, now);
    if (retryAt !== undefined) waitUntil = Math.min(waitUntil, retryAt);
    else runnable.push(uncordon);
  }
  for (const step of marksToTakeAway(run)) {
    const retryAt = retryTime(run, step.key, now);
    if (retryAt !== undefined) waitUntil = Math.min(waitUntil, retryAt);
    else runnable.push(step);
  }
  return {
    ...outlook(runnable, waitUntil),
    complete: currentBatch(run) === undefined,
  };
}

/** Steps that take away the taints of nodes that were marked as next in line: each belongs to the marking before it. */
function marksToTakeAway(run: Run): Step[] {
  const steps = turnsOf(run).flatMap((turn) => turn.steps);
  return steps.filter((step, index) => {
    if (step.kind !== 'unmark-next-nodes') return false;
    const marking = steps.findLast(({ kind }, before) => kind === 'mark-next-nodes' && before < index);
    const status = run.steps.get(step.key)?.status;
    const isOpen = status === undefined || status === 'retrying';
    return isOpen && marking !== undefined && isDone(run, marking);
  });
}

/** Whether anything was begun and nothing of it goes on. */
function isDone(run: Run, { key }: Step): boolean {
  const status = run.steps.get(key)?.status;
  return status !== undefined && status !== 'running';
}

/** What can be done now, when more can be, and whether there is neither. */
function outlook(runnable: readonly Step[], waitUntil: number) {
  const waits = Number.isFinite(waitUntil);
  return { runnable, ...(waits ? { waitUntil } : {}), settled: runnable.length === 0 && !waits };
}

function isSafeToUncordon(run: Run, turn: Turn): boolean {
  const record = (kind: Step['kind']) => {
    const step = turn.steps.find((candidate) => candidate.kind === kind);
    return step && run.steps.get(step.key);
  };
  const mayBeCordoned = record('drain-node') !== undefined;
  // A rollback puts the kubelet's files back before its package: a kubelet that restarts in between has mixed ones.
  const isUntouched = record('install-kubelet') === undefined && record('restore-node-files') === undefined;
  return mayBeCordoned && (isUntouched || record('verify-node')?.status === 'succeeded');
}
