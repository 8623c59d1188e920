import type { Phase, Turn } from '../domain/plan.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { nodeOf, type Step, type StepKind } from '../domain/step.ts';

/**
 * Seconds a step takes where the cluster has no history of its own: measured on a recorded upgrade of three control
 * planes and two small workers (the first apply took 2 min 47 s), rounded up for machines with more to carry.
 */
const defaultSeconds: Readonly<Record<StepKind, number>> = {
  'check-drift': 5,
  'back-up-etcd': 15,
  'back-up-external-etcd': 30,
  'back-up-config-maps': 2,
  'back-up-node-files': 5,
  'switch-repository': 10,
  'install-kubeadm': 15,
  'pull-images': 45,
  'move-etcd-leader': 3,
  'upgrade-control-plane': 170,
  'upgrade-kubelet-config': 5,
  'drain-node': 20,
  'install-kubelet': 25,
  'restart-kubelet': 20,
  'verify-node': 15,
  'uncordon-node': 2,
  'verify-addons': 60,
  'run-addon': 90,
  'verify-cluster': 10,
};

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
    return defaultSeconds[step.kind] + pods * drainSecondsAPod;
  };
  const ofTurn = (turn: Turn) => turn.steps.reduce((sum, step) => sum + ofStep(step), 0);
  const batches = phases.flatMap((phase) => phase.batches);
  return Math.round(batches.reduce((sum, batch) => sum + Math.max(...batch.turns.map(ofTurn)), 0));
}
