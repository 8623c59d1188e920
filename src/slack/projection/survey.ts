import type { NodeName } from '../../domain/names.ts';
import type { PhaseKind, Plan, Turn } from '../../domain/plan.ts';
import type { Run, StepRecord } from '../../domain/run.ts';
import type { Step } from '../../domain/step.ts';

/** How far a turn is: `skipped` is through with a step left out by a person. */
export type TurnStatus = 'pending' | 'under-way' | 'failed' | 'done' | 'skipped';

/** A turn of the plan with what is recorded of it. */
export interface SurveyedTurn {
  readonly phase: PhaseKind;
  /** Place of the phase in the plan: a plan of two hops has two of some kinds. */
  readonly phaseIndex: number;
  /** Place of the batch in the plan, counted over all phases. */
  readonly batch: number;
  readonly turn: Turn;
  readonly node: NodeName | undefined;
  readonly status: TurnStatus;
  /** The step in hand, or the one that failed. */
  readonly step: Step | undefined;
  readonly record: StepRecord | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

/** Every turn of a run's plan, in order, with how far it is. */
export function survey(run: Pick<Run, 'plan' | 'steps'>): SurveyedTurn[] {
  let batch = -1;
  return run.plan.phases.flatMap((phase, phaseIndex) =>
    phase.batches.flatMap(({ turns }) => {
      batch += 1;
      return turns.map((turn) => surveyTurn(run, turn, { phase: phase.kind, phaseIndex, batch }));
    }),
  );
}

function surveyTurn(
  run: Pick<Run, 'steps'>,
  turn: Turn,
  place: Pick<SurveyedTurn, 'phase' | 'phaseIndex' | 'batch'>,
): SurveyedTurn {
  const records = turn.steps.map((step) => run.steps.get(step.key));
  const inHand = records.findIndex(
    (record) => record?.status !== 'succeeded' && record?.status !== 'skipped',
  );
  const touched = records.some((record) => record !== undefined);
  const record = inHand === -1 ? undefined : records[inHand];
  const through = inHand === -1;
  const started = records.flatMap((entry) => (entry?.startedAt ? [Date.parse(entry.startedAt)] : []));
  const ended = records.flatMap((entry) => (entry?.endedAt ? [Date.parse(entry.endedAt)] : []));
  const skipped = records.some((entry) => entry?.status === 'skipped');
  const status = through
    ? skipped
      ? 'skipped'
      : 'done'
    : record?.status === 'failed'
      ? 'failed'
      : touched
        ? 'under-way'
        : 'pending';
  return {
    ...place,
    turn,
    node: turn.subject.kind === 'node' ? turn.subject.node : undefined,
    status,
    step: touched && !through ? turn.steps[inHand] : undefined,
    record,
    startedAt: started.length === 0 ? undefined : Math.min(...started),
    endedAt: through && ended.length > 0 ? Math.max(...ended) : undefined,
  };
}

/** A turn in a word or two: its node, and `kubelet` where a control plane gets only its kubelet in this turn. */
export function turnName({ node, phase, turn }: Pick<SurveyedTurn, 'node' | 'phase' | 'turn'>): string {
  if (node === undefined) return 'cluster';
  const kubeletOnly =
    phase === 'control-plane' && turn.steps.every((step) => step.kind !== 'upgrade-control-plane');
  return kubeletOnly ? `${node} kubelet` : node;
}

/** Whether nothing more will be done in the turn. */
export function isThrough(turn: Pick<SurveyedTurn, 'status'>): boolean {
  return turn.status === 'done' || turn.status === 'skipped';
}

/** Whether a turn changes its node, rather than only saving its files beforehand. */
export function changesNode(turn: Pick<SurveyedTurn, 'phase' | 'node'>): boolean {
  return turn.node !== undefined && turn.phase !== 'before';
}

/** The control planes and the workers that a plan changes, each node once. */
export function nodesByRole(plan: Pick<Plan, 'phases'>): { controlPlanes: NodeName[]; workers: NodeName[] } {
  const controlPlanes = new Set<NodeName>();
  const workers = new Set<NodeName>();
  for (const phase of plan.phases) {
    const group = phase.kind === 'control-plane' ? controlPlanes : workers;
    if (phase.kind === 'before') continue;
    for (const { turns } of phase.batches) {
      for (const { subject } of turns) if (subject.kind === 'node') group.add(subject.node);
    }
  }
  return { controlPlanes: [...controlPlanes], workers: [...workers] };
}
