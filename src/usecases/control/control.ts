import { assertNever } from '../../domain/assert-never.ts';
import type { UseCaseDeps } from '../deps.ts';
import { refuseApprover } from '../permissions.ts';
import type { UseCases } from '../use-cases.ts';
import { control, operatorOnly, phraseOf } from './control-run.ts';

/** No to a proposal: by whoever asked for it, or by whoever could approve it. */
export function reject(deps: UseCaseDeps): UseCases['reject'] {
  return (request) =>
    control(
      deps,
      request,
      async (run) => {
        const config = deps.clusters.get(run.cluster);
        if (!config || run.requestedBy === request.user) return undefined;
        return refuseApprover(deps, config, run.cluster, request, run.requestedBy, true);
      },
      (run, at) =>
        run.status === 'proposed'
          ? [{ kind: 'run-rejected', at, by: request.user }]
          : `It is ${phraseOf(run)}: only a proposal can be rejected.`,
    );
}

/** Stops before the next node's turn; the nodes that are in the middle of theirs are finished first. */
export function pause(deps: UseCaseDeps): UseCases['pause'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      if (run.status === 'running') return [{ kind: 'pause-requested', at, by: request.user }];
      return `It is ${phraseOf(run)}: only a running one can be paused.`;
    });
}

export function resume(deps: UseCaseDeps): UseCases['resume'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      if (run.status === 'paused' || run.status === 'pausing') {
        return [{ kind: 'run-resumed', at, by: request.user }];
      }
      if (run.status === 'halted')
        return 'It waits for a decision about a failed step: retry, skip or abort.';
      return `It is ${phraseOf(run)}: only a paused one can be resumed.`;
    });
}

/** Ends a run at the next moment at which nothing is cut; a proposal is simply withdrawn. */
export function abort(deps: UseCaseDeps): UseCases['abort'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      switch (run.status) {
        case 'proposed':
          return [{ kind: 'run-rejected', at, by: request.user }];
        case 'approved':
        case 'running':
        case 'pausing':
        case 'paused':
        case 'halted':
          return [{ kind: 'abort-requested', at, by: request.user }];
        case 'aborting':
        case 'succeeded':
        case 'aborted':
        case 'rejected':
        case 'expired':
        case 'voided':
          return `It is ${phraseOf(run)} already.`;
        default:
          return assertNever(run.status);
      }
    });
}
