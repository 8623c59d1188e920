import { type Failure, type FailureCode } from '../../domain/failure.ts';
import { type NodeName, StepKey } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { nodeOf, type Step, type StepOf } from '../../domain/step.ts';

/** Failures that are not the node's: setting one node after the other aside would only hide what is wrong. */
const notTheNodes: ReadonlySet<FailureCode> = new Set([
  'plan.drifted',
  'kubernetes.unavailable',
  'kubernetes.refused',
  'workers.too-many-unavailable',
  'internal.unexpected',
]);

/**
 * The node that is set aside because a step of it failed for good, where policy has the others go on: a worker of a batch,
 * never a canary; while the failure budget lasts; and only if no hop of the control plane comes after it, which could
 * leave the worker's kubelet behind too far.
 */
export function quarantinedFor(
  run: Run,
  step: Step,
  failure: Pick<Failure, 'code' | 'act'>,
): NodeName | undefined {
  const { workers } = run.plan.policy;
  const node = nodeOf(step);
  const { phases } = run.plan;
  const place = phases.findIndex(({ batches }) =>
    batches.some(({ turns }) => turns.some(({ steps }) => steps.some(({ key }) => key === step.key))),
  );
  const may =
    workers.onFailure === 'quarantine' &&
    phases[place]?.kind === 'workers' &&
    phases.slice(place).every(({ kind }) => kind !== 'control-plane') &&
    run.course.quarantined.length < workers.failureBudget &&
    // What still runs on the node has not failed: a person says whether it is waited for.
    failure.act === undefined &&
    !notTheNodes.has(failure.code);
  return may ? node : undefined;
}

/**
 * What is done to the nodes in quarantine: a step each, which follows from the record and stands in no plan. A node that
 * fails again after it was tried again has another one, because its earlier one is through.
 */
export function quarantineSteps({ course }: Pick<Run, 'course'>): StepOf<'quarantine-node'>[] {
  return course.quarantined.map(({ node, step, attempt }) => ({
    kind: 'quarantine-node',
    key: StepKey.parse(`${step.split('/')[0]}/${node}/quarantine-node/${attempt}`),
    input: { node },
  }));
}

/** Whether the step that sets a node aside is under way. */
export function isBeingQuarantined(run: Run, node: NodeName): boolean {
  return quarantineSteps(run).some(
    ({ key, input }) => input.node === node && run.steps.get(key)?.status === 'running',
  );
}
