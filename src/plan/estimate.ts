import type { Phase, Plan, Turn } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { nodeOf, type Step, type StepKind } from '../domain/step.ts';
import { usualSeconds } from '../domain/usual-seconds.ts';

/** Pods are evicted in parallel, so each one more costs less than its own grace period. */
const drainSecondsAPod = 2;

/** From this share of the time on, what earlier runs took is what an estimate rests on. */
const mostly = 0.9;

/** History: median seconds by step kind from earlier runs of the same cluster. */
export type UsualDurations = Readonly<Partial<Record<StepKind, number>>>;

export type Estimate = Required<Pick<Plan, 'estimateSeconds' | 'estimateFrom'>>;

/**
 * Seconds until the last step is through: batches one after another, a batch as long as its longest turn. What each kind
 * of step took in earlier runs of the cluster counts, else what it usually takes; which of the two it was is told.
 */
export function estimateOf(phases: readonly Phase[], snapshot: Snapshot, usual: UsualDurations): Estimate {
  const podsOn = new Map(snapshot.nodes.map((node) => [node.name, node.pods.evictable]));
  const ofStep = (step: Step): Part => {
    const known = usual[step.kind];
    if (known !== undefined) return { seconds: known, known };
    const node = nodeOf(step);
    const pods = step.kind === 'drain-node' && node !== undefined ? (podsOn.get(node) ?? 0) : 0;
    return { seconds: usualSeconds[step.kind] + pods * drainSecondsAPod, known: 0 };
  };
  const ofTurn = (turn: Turn): Part => sum(turn.steps.map(ofStep));
  const whole = sum(phases.flatMap(({ batches }) => batches.map(({ turns }) => longest(turns.map(ofTurn)))));
  return {
    estimateSeconds: Math.round(whole.seconds),
    estimateFrom:
      whole.known === 0 ? 'defaults' : whole.known >= mostly * whole.seconds ? 'history' : 'partly-history',
  };
}

/** Seconds, and how many of them are known from earlier runs. */
interface Part {
  readonly seconds: number;
  readonly known: number;
}

function sum(parts: readonly Part[]): Part {
  return parts.reduce(
    (all, part) => ({ seconds: all.seconds + part.seconds, known: all.known + part.known }),
    { seconds: 0, known: 0 },
  );
}

function longest(parts: readonly Part[]): Part {
  return parts.reduce((most, part) => (part.seconds > most.seconds ? part : most));
}
