import { expect, test } from 'vitest';
import { stepsOf } from '../../src/domain/plan.ts';
import type { Run, StepRecord } from '../../src/domain/run.ts';
import { nodeOf, type StepKind } from '../../src/domain/step.ts';
import { nextSteps } from '../../src/run/next/next-steps.ts';
import { haltedRun } from '../support/rollbacks.ts';
import { runId } from '../support/sample-plan.ts';
import { realPlan } from '../support/stories.ts';

const plan = realPlan();
const worker = stepsOf(plan)
  .flatMap((step) => (step.kind === 'drain-node' ? [step.input.node] : []))
  .find((name) => name.startsWith('w-'));

/** An aborting run whose worker has come so far: the status of each of its steps up to that one. */
function abortingAt(last: StepKind, status: StepRecord['status']): Run {
  const steps = stepsOf(plan);
  const index = steps.findIndex((step) => step.kind === last && nodeOf(step) === worker);
  const before = haltedRun(runId, plan, index, true);
  const step = steps[index];
  const record = step && before.steps.get(step.key);
  if (!step || !record) throw new Error(`no ${last} of a worker`);
  return {
    ...before,
    status: 'aborting',
    steps: new Map([...before.steps, [step.key, { ...record, status }]]),
  };
}

const uncordoned = (run: Run) =>
  nextSteps(run, Date.parse(run.createdAt)).runnable.flatMap((step) =>
    step.kind === 'uncordon-node' ? [step.input.node] : [],
  );

test.each<[StepKind, StepRecord['status']]>([
  ['drain-node', 'succeeded'],
  ['drain-node', 'failed'],
  ['verify-node', 'succeeded'],
])(
  'an abort takes the cordon of a node back whose kubelet is wholly the old or the new one: %s %s',
  (kind, status) => {
    expect(uncordoned(abortingAt(kind, status))).toContain(worker);
  },
);

test.each<[StepKind, StepRecord['status']]>([
  ['install-kubelet', 'succeeded'],
  ['install-kubelet', 'failed'],
  ['restart-kubelet', 'succeeded'],
  ['restart-kubelet', 'failed'],
  ['verify-node', 'failed'],
])('an abort leaves a node cordoned that stands in between: %s %s', (kind, status) => {
  expect(uncordoned(abortingAt(kind, status))).not.toContain(worker);
});

test('an abort uncordons nothing that this run has not cordoned', () => {
  expect(uncordoned(abortingAt('install-kubeadm', 'succeeded'))).not.toContain(worker);
});
