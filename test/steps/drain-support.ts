import { instant, NodeName, StepKey, UserId } from '../../src/domain/names.ts';
import type { DrainNode } from '../../src/domain/step.ts';
import type { PdbObject, PodObject } from '../../src/ports/kubernetes.ts';
import { drainNode } from '../../src/steps/drain/drain-node.ts';
import { attempt, type TestContext, type Tried } from '../support/attempts.ts';
import { type FakeKubernetes, fakeKubernetes, nodeObject } from '../support/fake-kubernetes.ts';
import { type WaitingClock, waitingClock } from '../support/waiting-clock.ts';

export const node = NodeName.parse('w-01');
export const dana = UserId.parse('U0DANA');
export const step: DrainNode = {
  kind: 'drain-node',
  key: StepKey.parse('v1.34.9/w-01/drain-node'),
  input: { node },
};
export const budgetSays = 'The disruption budget db needs 2 healthy pods and has 2 currently';
export const blockedByBudget = { status: 'blocked', message: budgetSays } as const;

/** One node, its cluster and a drain of it. */
export interface DrainWorld {
  readonly clock: WaitingClock;
  readonly kubernetes: FakeKubernetes;
  put(...pods: PodObject[]): void;
  drain(context: TestContext): Promise<Tried>;
  /** The moment so many milliseconds after the beginning. */
  at(ms: number): ReturnType<typeof instant>;
  /** Milliseconds since the beginning. */
  elapsed(): number;
  /** Does something at a moment of the drain. */
  after(ms: number, act: () => void): void;
}

export function drainWorld(): DrainWorld {
  const clock = waitingClock();
  const began = clock.now();
  const kubernetes = fakeKubernetes(clock);
  kubernetes.nodes.set(node, nodeObject('w-01'));
  const handler = drainNode({ kubernetesOf: () => kubernetes, clock });
  return {
    clock,
    kubernetes,
    put(...pods) {
      for (const pod of pods) kubernetes.pods.set(pod.uid, { ...pod, node });
    },
    drain: (context) => attempt(handler, step, context),
    at: (ms) => instant(began + ms),
    elapsed: () => clock.now() - began,
    after: (ms, act) => void clock.sleep(ms).then(act),
  };
}

export function pdb(name: string, disruptionsAllowed: number, more: Partial<PdbObject> = {}): PdbObject {
  return {
    namespace: 'shop',
    name,
    matchLabels: { app: name },
    matchExpressions: [],
    minAvailable: '2',
    disruptionsAllowed,
    currentHealthy: 2 + disruptionsAllowed,
    desiredHealthy: 2,
    expectedPods: 3,
    ...more,
  };
}
