import type { StepKey } from '../../domain/names.ts';
import type { Turn } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { Step } from '../../domain/step.ts';
import { isQuarantined } from '../record/course.ts';
import { type Parking, parkingOf, startParking } from './parking.ts';
import { isBeingQuarantined, quarantineSteps } from './quarantine.ts';
import { longestDelayMs } from './retry.ts';
import { batchesOf, type PlacedBatch, turnState, turnsOf } from './turns.ts';

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
  /** What keeps a run that goes on from beginning the next thing. */
  readonly parked?: Parking;
}

/**
 * The next steps of a run. Batches are taken one after the other, turns of a batch side by side, steps of a turn in
 * order. A pause, a halt of one node, a window that closes let the nodes that are in the middle of their turn come to
 * its end: none is left cordoned for it. An abort lets only the present steps end, and puts back what can be put back.
 * @param now milliseconds since the epoch
 */
export function nextSteps(run: Run, now: number): NextSteps {
  if (run.status === 'aborting') return stepsBeforeAbort(run, now);
  if (run.status === 'approved')
    return { ...outlookOf(run, [], now, startParking(run, now)), complete: false };
  if (run.status === 'paused') return { runnable: [], complete: false, settled: true };
  const aside = openQuarantines(run);
  const { underWay, untouched, current } = openTurns(run);
  if (!current && aside.length === 0) return { runnable: [], complete: true, settled: true };

  const mayBegin = run.status === 'running' && untouched.length > 0;
  const parked = mayBegin && current ? parkingOf(run, current, now) : undefined;
  const steps = [...aside, ...underWay, ...(mayBegin && !parked ? untouched : [])];
  return { ...outlookOf(run, steps, now, parked), complete: false };
}

/** Nodes that are to be set aside and are not yet; one whose step failed waits for a person. */
function openQuarantines(run: Run): Step[] {
  return quarantineSteps(run).filter(({ key }) => {
    const status = run.steps.get(key)?.status;
    return status === undefined || status === 'running' || status === 'retrying';
  });
}

/**
 * The next steps of the turns that are not through. Those that are under way may stand in several batches: a worker that
 * is tried again after its quarantine belongs to a batch that is over.
 */
function openTurns(run: Run): {
  underWay: Step[];
  untouched: Step[];
  /** The first batch that is not through. */
  current: PlacedBatch | undefined;
} {
  const underWay: Step[] = [];
  const untouched: Step[] = [];
  let current: PlacedBatch | undefined;
  for (const placed of batchesOf(run)) {
    const states = placed.batch.turns.map((turn) => turnState(run, turn));
    if (states.every(({ kind }) => kind === 'through')) continue;
    for (const state of states) {
      if (state.kind === 'under-way') underWay.push(state.next);
      else if (state.kind === 'untouched' && current === undefined) untouched.push(state.next);
    }
    current ??= placed;
    // Batches are begun in order: after one that nobody has touched there is nothing under way.
    if (states.every(({ kind }) => kind === 'untouched')) break;
  }
  return { underWay, untouched, current };
}

/** What of some steps can be done now, and when more can be. */
function outlookOf(run: Run, steps: readonly Step[], now: number, parked: Parking | undefined) {
  const runnable: Step[] = [];
  let waitUntil = parked?.until ?? Number.POSITIVE_INFINITY;
  for (const step of steps) {
    const retryAt = retryTime(run, step.key, now);
    if (retryAt !== undefined) waitUntil = Math.min(waitUntil, retryAt);
    else runnable.push(step);
  }
  return { ...outlook(runnable, waitUntil), ...(parked ? { parked } : {}) };
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
  for (const step of quarantineSteps(run)) {
    if (run.steps.get(step.key)?.status === 'running') runnable.push(step);
  }
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
    // It would be cordoned again behind the uncordon's back.
    if (turn.subject.kind === 'node' && isBeingQuarantined(run, turn.subject.node)) continue;
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
    complete: openTurns(run).current === undefined,
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
  const isSetAside = turn.subject.kind === 'node' && isQuarantined(run, turn.subject.node);
  const mayBeCordoned =
    isSetAside || record('drain-node') !== undefined || record('cordon-node') !== undefined;
  // A rollback puts the kubelet's files back before its package: a kubelet that restarts in between has mixed ones.
  const isUntouched = record('install-kubelet') === undefined && record('restore-node-files') === undefined;
  return mayBeCordoned && (isUntouched || record('verify-node')?.status === 'succeeded');
}
