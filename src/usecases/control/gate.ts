import type { RunEvent } from '../../domain/event.ts';
import type { Instant } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { StepOf } from '../../domain/step.ts';
import type { UseCaseDeps } from '../deps.ts';
import { refuseApprover } from '../permissions.ts';
import type { UseCases } from '../use-cases.ts';
import { control, phraseOf } from './control-run.ts';

/**
 * What a person says at the gate that a run stands at. `yes` to a gate of approval is an approver's, to one of health
 * anybody's in the channel; `open` is an approver's, counts alone and opens every gate.
 */
export function voteAtGate(deps: UseCaseDeps): UseCases['voteAtGate'] {
  return (request) =>
    control(
      deps,
      request,
      async (run) => {
        const config = deps.clusters.get(run.cluster);
        const asksApprovers = request.choice === 'open' || gateOf(run)?.input.gate.kind === 'approval';
        if (!config || !asksApprovers) return undefined;
        const { requesterCounts } = run.plan.policy.approvals;
        return refuseApprover(deps, config, run.cluster, request, run.requestedBy, requesterCounts);
      },
      (run, at) => vote(run, request, at),
    );
}

function vote(
  run: Run,
  { user, choice }: Parameters<UseCases['voteAtGate']>[0],
  at: Instant,
): readonly RunEvent[] | string {
  const gate = gateOf(run);
  if (!gate) return `It is ${phraseOf(run)} and stands at no gate.`;
  const asksPeople = gate.input.gate.kind === 'approval' || gate.input.gate.kind === 'healthy';
  if (choice === 'yes' && !asksPeople) return 'This gate does not ask people; an approver may open it.';
  const { votes } = run.course;
  if (votes.some((one) => one.step === gate.key && one.by === user && one.choice === choice)) {
    return 'You have said so already; somebody else is needed, too.';
  }
  const voted: RunEvent = { kind: 'gate-voted', at, by: user, step: gate.key, choice };
  const halted = run.status === 'halted' && run.steps.get(gate.key)?.status === 'failed';
  // Whoever opens a gate that the run has halted at wants it to go on.
  return halted && choice === 'open'
    ? [voted, { kind: 'decision-made', at, by: user, choice: 'retry', step: gate.key }]
    : [voted];
}

/** The gate that a run stands at: it waits there, or has halted there. */
export function gateOf(run: Run): StepOf<'gate'> | undefined {
  return stepsOf(run.plan).find((step): step is StepOf<'gate'> => {
    const status = run.steps.get(step.key)?.status;
    return step.kind === 'gate' && (status === 'running' || status === 'retrying' || status === 'failed');
  });
}
