import type { RunEvent } from '../../domain/event.ts';
import type { Instant, StepKey, UserId } from '../../domain/names.ts';
import type { PhaseKind } from '../../domain/plan.ts';
import type { Run, StepRecord } from '../../domain/run.ts';
import { skipRest } from '../../run/next/skip.ts';
import { turnOf } from '../../run/next/turns.ts';
import { isSetAside } from '../../run/record/course.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { UseCases } from '../use-cases.ts';
import { control, type Decided, operatorOnly, phraseOf } from './control-run.ts';

/** A person's answer to a step that has failed for good. */
export function decide(deps: UseCaseDeps): UseCases['decide'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      const { step, choice, user, failedAt } = request;
      if (run.status !== 'halted') return `It is ${phraseOf(run)}: there is nothing to decide.`;
      const record = run.steps.get(step);
      if (record?.status !== 'failed') return 'That step does not wait for a decision any more.';
      if (isSetAside(run, step)) return 'Its node is in quarantine: `retry` with the node tries it again.';
      if (failedAt !== undefined && failedAt !== record.endedAt) return failedAgain(record);
      const runsOn = record.failure?.act !== undefined;
      if ((choice === 'wait' || choice === 'stop') && !runsOn) {
        return 'No command of that step is known to run: there is nothing to wait for or to stop.';
      }
      if (choice !== 'skip') return [{ kind: 'decision-made', at, by: user, choice, step }];
      return skipStep(run, { step, by: user, reason: request.reason ?? `with ${step}`, at });
    });
}

function failedAgain({ attempt, failure }: StepRecord): string {
  const now = failure === undefined ? '' : ` Try ${attempt} says: ${failure.message}`;
  return `That was about an earlier failure of this step, which has been tried again since. Nothing was done.${now}`;
}

/** The events that leave out a failed step and the rest of its node's turn, or why that is not possible. */
export function skipStep(
  run: Run,
  { step, by, reason, at }: { step: StepKey; by: UserId; reason: string; at: Instant },
): Decided {
  const turn = turnOf(run, step);
  const phase = run.plan.phases.find(({ batches }) =>
    batches.some(({ turns }) => turns.some(({ steps }) => steps.some(({ key }) => key === step))),
  );
  if (!turn || !phase) return 'That step is not part of this run.';
  if (!isSkippable(phase.kind, run)) {
    return 'This step cannot be skipped: the nodes after it rest on it. Retry it, or abort the run.';
  }
  const made: RunEvent = { kind: 'decision-made', at, by, choice: 'skip', step, reason };
  return [made, ...skipRest(run, step, { by, reason, at })];
}

/**
 * Phases whose turns can be left out without making a later one wrong. A control plane cannot be: everything after it
 * rests on it. Where a rollback takes API servers back no kubelet may be left behind, nor kube-proxy: they would be newer.
 */
export function isSkippable(phase: PhaseKind, { plan }: Pick<Run, 'plan'>): boolean {
  const serversGoBack = plan.phases.some(({ batches }) =>
    batches.some(({ turns }) =>
      turns.some(({ steps }) => steps.some(({ kind }) => kind === 'restore-static-pods')),
    ),
  );
  if (phase === 'after') return true;
  return !serversGoBack && (phase === 'canary' || phase === 'workers' || phase === 'addons');
}
