import type { NodeName, StepKey } from '../../domain/names.ts';
import type { Batch, Phase, Turn } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { Step } from '../../domain/step.ts';
import { isQuarantined } from '../record/course.ts';

/** How far a turn is; `next` is the first of its steps that is not over. A worker in quarantine has none any more. */
export type TurnState =
  | { readonly kind: 'through' }
  | { readonly kind: 'untouched' | 'under-way'; readonly next: Step }
  | { readonly kind: 'failed'; readonly next: Step };

export function turnState(run: Run, turn: Turn): TurnState {
  const next = turn.steps.find((step) => !isOver(run, step));
  if (!next) return { kind: 'through' };
  if (turn.subject.kind === 'node' && isQuarantined(run, turn.subject.node)) return { kind: 'through' };
  if (run.steps.get(next.key)?.status === 'failed') return { kind: 'failed', next };
  return { kind: turn.steps.some((step) => run.steps.has(step.key)) ? 'under-way' : 'untouched', next };
}

function isOver(run: Run, step: Step): boolean {
  const status = run.steps.get(step.key)?.status;
  return status === 'succeeded' || status === 'skipped';
}

/** A batch with its place in the plan. */
export interface PlacedBatch {
  readonly batch: Batch;
  readonly phase: Phase;
  readonly previous: PlacedBatch | undefined;
}

/** All batches of a run's plan in order. */
export function* batchesOf({ plan }: Pick<Run, 'plan'>): Generator<PlacedBatch> {
  let previous: PlacedBatch | undefined;
  for (const phase of plan.phases) {
    for (const batch of phase.batches) {
      const placed: PlacedBatch = { batch, phase, previous };
      yield placed;
      previous = placed;
    }
  }
}

/** All turns of a run's plan in order. */
export function turnsOf({ plan }: Pick<Run, 'plan'>): Turn[] {
  return plan.phases.flatMap((phase) => phase.batches.flatMap((batch) => batch.turns));
}

/** The turn that a step belongs to. */
export function turnOf(run: Pick<Run, 'plan'>, key: StepKey): Turn | undefined {
  return turnsOf(run).find((turn) => turn.steps.some((step) => step.key === key));
}

/**
 * Nodes that what is verified for all leaves out: those of which a person decided to skip at least one step, those in
 * quarantine, and those that policy leaves out of every run.
 */
export function skippedNodes(run: Run): ReadonlySet<NodeName> {
  const skipped = new Set<NodeName>(run.plan.policy.nodes.exclude);
  for (const { node } of run.course.quarantined) skipped.add(node);
  for (const turn of turnsOf(run)) {
    if (turn.subject.kind !== 'node') continue;
    if (turn.steps.some((step) => run.steps.get(step.key)?.status === 'skipped'))
      skipped.add(turn.subject.node);
  }
  return skipped;
}
