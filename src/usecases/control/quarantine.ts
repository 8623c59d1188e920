import type { RunEvent } from '../../domain/event.ts';
import type { Instant, NodeName, UserId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { UseCases } from '../use-cases.ts';
import { control, operatorOnly, phraseOf } from './control-run.ts';

/** Has workers in quarantine tried again: the one that is named, else all. The run goes on with the others meanwhile. */
export function retryQuarantined(deps: UseCaseDeps): UseCases['retryQuarantined'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      const lifted = liftQuarantine(run, request.node, request.user, at);
      if (lifted.length === 0) {
        return request.node === undefined
          ? 'No node is in quarantine.'
          : `${request.node} is not in quarantine.`;
      }
      const goesOn = ['running', 'pausing', 'paused', 'halted'].includes(run.status);
      return goesOn ? lifted : `It is ${phraseOf(run)}: a node is tried again by a new plan.`;
    });
}

function liftQuarantine(run: Run, node: NodeName | undefined, by: UserId, at: Instant): RunEvent[] {
  return run.course.quarantined
    .filter((entry) => node === undefined || entry.node === node)
    .map((entry) => ({ kind: 'quarantine-lifted', at, by, node: entry.node, step: entry.step }));
}
