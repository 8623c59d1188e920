import type { Phase, Turn } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { nodeOf, type Step, type StepKind } from '../domain/step.ts';
import { usualSeconds } from '../domain/usual-seconds.ts';

/** Pods are evicted in parallel, so each one more costs less than its own grace period. */
const drainSecondsAPod = 2;

/** History: median seconds by step kind from earlier runs of the same cluster. */
export type UsualDurations = Readonly<Partial<Record<StepKind, number>>>;

/** Seconds until the last step is through: batches one after another, a batch as long as its longest turn. */
export function estimateSeconds(phases: readonly Phase[], snapshot: Snapshot, usual: UsualDurations): number {
  const podsOn = new Map(snapshot.nodes.map((node) => [node.name, node.pods.evictable]));
  const ofStep = (step: Step): number => {
    const known = usual[step.kind];
    if (known !== undefined) return known;
    const node = nodeOf(step);
    const pods = step.kind === 'drain-node' && node !== undefined ? (podsOn.get(node) ?? 0) : 0;
    return usualSeconds[step.kind] + pods * drainSecondsAPod;
  };
  const ofTurn = (turn: Turn) => turn.steps.reduce((sum, step) => sum + ofStep(step), 0);
  const batches = phases.flatMap((phase) => phase.batches);
  return Math.round(batches.reduce((sum, batch) => sum + Math.max(...batch.turns.map(ofTurn)), 0));
}
