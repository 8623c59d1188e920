import type { Instant, NodeName } from '../../domain/names.ts';
import type { PhaseKind, Plan, Turn } from '../../domain/plan.ts';
import type { Run, StepRecord } from '../../domain/run.ts';
import type { Step } from '../../domain/step.ts';
import { stepName } from './step-words.ts';

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
  let inHand: Step | undefined;
  let record: StepRecord | undefined;
  let touched = false;
  let skipped = false;
  // Instants are compared as they are stored, as strings: a thousand nodes have too many steps to parse them all.
  let first: Instant | undefined;
  let last: Instant | undefined;
  for (const step of turn.steps) {
    const found = run.steps.get(step.key);
    if (inHand === undefined && found?.status !== 'succeeded' && found?.status !== 'skipped') {
      inHand = step;
      record = found;
    }
    if (found === undefined) continue;
    touched = true;
    skipped ||= found.status === 'skipped';
    if (found.startedAt !== undefined && (first === undefined || found.startedAt < first))
      first = found.startedAt;
    if (found.endedAt !== undefined && (last === undefined || found.endedAt > last)) last = found.endedAt;
  }
  const through = inHand === undefined;
  return {
    ...place,
    turn,
    node: turn.subject.kind === 'node' ? turn.subject.node : undefined,
    status: statusOf({ through, skipped, touched, failed: record?.status === 'failed' }),
    step: touched ? inHand : undefined,
    record,
    startedAt: first === undefined ? undefined : Date.parse(first),
    endedAt: through && last !== undefined ? Date.parse(last) : undefined,
  };
}

function statusOf(turn: {
  through: boolean;
  skipped: boolean;
  touched: boolean;
  failed: boolean;
}): TurnStatus {
  if (turn.through) return turn.skipped ? 'skipped' : 'done';
  if (turn.failed) return 'failed';
  return turn.touched ? 'under-way' : 'pending';
}

/** A turn in a word or two: its node, and `kubelet` where a control plane gets only its kubelet in this turn. */
export function turnName({ node, phase, turn }: Pick<SurveyedTurn, 'node' | 'phase' | 'turn'>): string {
  if (node === undefined) {
    const [first] = turn.steps;
    return first?.kind === 'gate' || first?.kind === 'soak' ? stepName(first) : 'cluster';
  }
  const kubeletOnly = phase === 'control-plane' && !turn.steps.some(({ kind }) => replacesStaticPods(kind));
  return kubeletOnly ? `${node} kubelet` : node;
}

function replacesStaticPods(kind: Step['kind']): boolean {
  return kind === 'upgrade-control-plane' || kind === 'restore-static-pods';
}

/** Whether nothing more will be done in the turn. */
export function isThrough(turn: Pick<SurveyedTurn, 'status'>): boolean {
  return turn.status === 'done' || turn.status === 'skipped';
}

/** Whether a turn changes its node, rather than only saving its files beforehand. */
export function changesNode(turn: Pick<SurveyedTurn, 'phase' | 'node'>): boolean {
  return turn.node !== undefined && turn.phase !== 'before';
}

/** A restore works on all nodes side by side: there the steps tell whose they are. */
function isOfControlPlane(phase: PhaseKind, { steps }: Turn): boolean {
  if (phase !== 'etcd') return phase === 'control-plane';
  return steps.every((step) => step.kind !== 'restart-node-agents' || step.input.role === 'control-plane');
}

/** The control planes and the workers that a plan changes, each node once. */
export function nodesByRole(plan: Pick<Plan, 'phases'>): { controlPlanes: NodeName[]; workers: NodeName[] } {
  const controlPlanes = new Set<NodeName>();
  const workers = new Set<NodeName>();
  for (const phase of plan.phases) {
    if (phase.kind === 'before') continue;
    for (const { turns } of phase.batches) {
      for (const turn of turns) {
        if (turn.subject.kind !== 'node') continue;
        const group = isOfControlPlane(phase.kind, turn) ? controlPlanes : workers;
        group.add(turn.subject.node);
      }
    }
  }
  return { controlPlanes: [...controlPlanes], workers: [...workers] };
}
