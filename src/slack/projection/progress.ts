import type { Run } from '../../domain/run.ts';
import type { Step, StepKind } from '../../domain/step.ts';
import { usualSeconds } from '../../domain/usual-seconds.ts';
import type { SurveyedTurn } from './survey.ts';

/** Pods that have to move make a drain the one step that takes visibly longer than usual. */
const drainPods = 20;

/**
 * How long a step takes beside the others. Only the proportions count: the plan's own estimate says how long the whole
 * takes, and the pace of the run so far corrects it.
 */
const weightOf = (kind: StepKind): number => usualSeconds[kind] + (kind === 'drain-node' ? drainPods : 0);

export interface Progress {
  /** 0 to 100; 100 only when nothing is left. */
  readonly percent: number;
  readonly remainingSeconds: number;
}

/** Below this share the pace says more about luck than about the cluster. */
const shareThatCounts = 0.1;

/**
 * How far a run is, by estimated time and not by number of steps. Turns of a batch go side by side: the longest counts.
 * @param activeSeconds time that the run was at work so far, without pauses
 */
export function progressOf(
  run: Pick<Run, 'plan' | 'steps'>,
  turns: readonly SurveyedTurn[],
  activeSeconds: number,
): Progress {
  const total = new Map<number, number>();
  const left = new Map<number, number>();
  for (const { turn, batch } of turns) {
    total.set(batch, Math.max(total.get(batch) ?? 0, sum(turn.steps)));
    const open = turn.steps.filter((step) => !isOver(run, step));
    left.set(batch, Math.max(left.get(batch) ?? 0, sum(open)));
  }
  const whole = sumOf(total);
  const share = whole === 0 ? 1 : 1 - sumOf(left) / whole;
  const estimate = run.plan.estimateSeconds;
  const pace =
    share >= shareThatCounts && estimate > 0 ? clamp(activeSeconds / (share * estimate), 0.2, 5) : 1;
  const percent = Math.floor(share * 100);
  return { percent, remainingSeconds: Math.round((1 - share) * estimate * pace) };
}

function isOver(run: Pick<Run, 'steps'>, step: Step): boolean {
  const status = run.steps.get(step.key)?.status;
  return status === 'succeeded' || status === 'skipped';
}

function sum(steps: readonly Step[]): number {
  return steps.reduce((seconds, step) => seconds + weightOf(step.kind), 0);
}

function sumOf(map: ReadonlyMap<number, number>): number {
  return [...map.values()].reduce((seconds, entry) => seconds + entry, 0);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
