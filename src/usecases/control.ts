import { assertNever } from '../domain/assert-never.ts';
import type { RunEvent } from '../domain/event.ts';
import { type Instant, instant } from '../domain/names.ts';
import type { Run } from '../domain/run.ts';
import { appendEvents } from '../run/journal.ts';
import { turnOf } from '../run/next-steps.ts';
import type { UseCaseDeps } from './deps.ts';
import { clusterInChannel, refuseApprover, refuseOperator } from './permissions.ts';
import type { Asker, ControlOutcome, Denied, UseCases } from './use-cases.ts';

/** What a person's wish turns into in the run's present state: events, or the reason why not now. */
type Decided = readonly RunEvent[] | string;

async function control(
  deps: UseCaseDeps,
  request: Asker & { run: Run['id'] },
  refuse: (run: Run) => Promise<Denied | undefined>,
  decide: (run: Run, at: Instant) => Decided,
): Promise<ControlOutcome> {
  const run = await deps.store.load(request.run);
  if (!run) return { status: 'denied', reason: `There is no run \`${request.run}\`.` };
  const config = clusterInChannel(deps, run.cluster, request.channel);
  if ('status' in config) return config;
  const refused = await refuse(run);
  if (refused) return refused;
  let reason: string | undefined;
  const appended = await appendEvents(deps.store, run.id, (present) => {
    const decided = decide(present, instant(deps.clock.now()));
    reason = typeof decided === 'string' ? decided : undefined;
    return typeof decided === 'string' ? [] : decided;
  });
  if (reason !== undefined) return { status: 'not-now', run: appended.run, reason };
  deps.onCommit(appended.run);
  return { status: 'accepted', run: appended.run };
}

const operatorOnly = (deps: UseCaseDeps, request: Asker) => async (run: Run) => {
  const config = deps.clusters.get(run.cluster);
  return config && refuseOperator(deps, config, run.cluster, request);
};

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

/** A person's answer to a step that has failed for good. */
export function decide(deps: UseCaseDeps): UseCases['decide'] {
  return (request) =>
    control(deps, request, operatorOnly(deps, request), (run, at) => {
      if (run.status !== 'halted') return `It is ${phraseOf(run)}: there is nothing to decide.`;
      if (run.steps.get(request.step)?.status !== 'failed')
        return 'That step does not wait for a decision any more.';
      const made: RunEvent = {
        kind: 'decision-made',
        at,
        by: request.user,
        choice: request.choice,
        step: request.step,
      };
      const runsOn = run.steps.get(request.step)?.failure?.act !== undefined;
      if ((request.choice === 'wait' || request.choice === 'stop') && !runsOn) {
        return 'No command of that step is known to run: there is nothing to wait for or to stop.';
      }
      if (request.choice !== 'skip') return [made];
      return skipRestOfTurn(run, made, request, at);
    });
}

/**
 * Leaving out one step of a node's turn would leave the node half done and go on as if it were not, so the rest of its
 * turn is left out with it. A control plane cannot be left out: everything after it rests on it.
 */
function skipRestOfTurn(
  run: Run,
  made: RunEvent,
  request: Parameters<UseCases['decide']>[0],
  at: Instant,
): Decided {
  const turn = turnOf(run, request.step);
  const phase = run.plan.phases.find(({ batches }) =>
    batches.some(({ turns }) => turns.some(({ steps }) => steps.some(({ key }) => key === request.step))),
  );
  if (!turn || !phase) return 'That step is not part of this run.';
  if (!isSkippable(phase.kind)) {
    return 'This step cannot be skipped: the nodes after it rest on it. Retry it, or abort the run.';
  }
  const from = turn.steps.findIndex((step) => step.key === request.step);
  const rest = turn.steps.slice(from + 1).filter((step) => !run.steps.has(step.key));
  const reason = request.reason ?? `with ${request.step}`;
  return [
    made,
    ...rest.map((step): RunEvent => ({ kind: 'step-skipped', at, step: step.key, by: request.user, reason })),
  ];
}

/** Phases whose turns can be left out without making a later one wrong. */
export function isSkippable(phase: Run['plan']['phases'][number]['kind']): boolean {
  return phase === 'canary' || phase === 'workers' || phase === 'addons' || phase === 'after';
}

function phraseOf(run: Run): string {
  return run.status === 'halted' ? 'waiting for a decision' : run.status;
}
