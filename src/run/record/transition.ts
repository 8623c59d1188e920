import { assertNever } from '../../domain/assert-never.ts';
import { isCourseEvent } from '../../domain/course-event.ts';
import type { Choice, RunEvent, RunEventOf } from '../../domain/event.ts';
import type { StepKey } from '../../domain/names.ts';
import { hasEnded, type Run, type RunStatus, type StepRecord } from '../../domain/run.ts';
import { afterCourseEvent, isSetAside } from './course.ts';
import { InvalidTransition } from './invalid-transition.ts';
import { afterRetry, reminded, stepWaiting, withoutWait } from './waits.ts';

/** Statuses in which steps may still end: the nodes that are in the middle of their turn are finished first. */
const stepsMayEnd: ReadonlySet<RunStatus> = new Set(['running', 'pausing', 'halted', 'aborting']);

/**
 * The run after an event. Pure: what is stored, shown and decided on is always this function of the events. Throws
 * InvalidTransition.
 */
export function transition(run: Run, event: RunEvent): Run {
  const after = (changes: Partial<Run>): Run => ({ ...run, ...changes, revision: run.revision + 1 });
  const from = (...statuses: RunStatus[]): void => {
    if (!statuses.includes(run.status))
      throw new InvalidTransition(run, event, `only ${statuses.join(', ')}`);
  };

  if (isCourseEvent(event)) {
    const changes = hasEnded(run) ? 'it is over' : afterCourseEvent(run, event);
    if (typeof changes === 'string') throw new InvalidTransition(run, event, changes);
    return after(changes);
  }
  switch (event.kind) {
    case 'run-proposed':
      throw new InvalidTransition(run, event, 'it is the first event of a run');
    case 'approval-given':
      from('proposed');
      if (event.digest !== run.plan.digest)
        throw new InvalidTransition(run, event, 'another plan was approved');
      if (run.approvals.some((approval) => approval.by === event.by)) {
        throw new InvalidTransition(run, event, 'nobody counts twice');
      }
      return after({ approvals: [...run.approvals, { by: event.by, at: event.at }] });
    case 'run-approved':
      from('proposed');
      if (run.approvals.length < run.plan.policy.approvals.needed) {
        throw new InvalidTransition(run, event, 'approvals are missing');
      }
      return after({ status: 'approved' });
    case 'run-rejected':
      from('proposed');
      return after({ status: 'rejected', endedAt: event.at, endedBy: event.by });
    case 'run-expired':
      from('proposed');
      return after({ status: 'expired', endedAt: event.at });
    case 'run-voided':
      from('proposed', 'approved', 'running', 'pausing', 'aborting');
      return after({ status: 'voided', endedAt: event.at, endReason: event.reason });
    case 'run-started':
      from('approved');
      return after({ status: 'running', startedAt: event.at });
    case 'drill-ended':
      if (run.status !== 'succeeded') throw new InvalidTransition(run, event, 'its upgrade is not through');
      if (run.course.drill) throw new InvalidTransition(run, event, 'it is over');
      return after({ course: { ...run.course, drill: event.report } });
    case 'rollback-proposed':
    case 'rollback-ended':
    case 'run-taken-up':
      return after({});
    case 'step-started':
    case 'step-succeeded':
    case 'step-failed':
    case 'step-skipped':
      if (!stepsMayEnd.has(run.status)) throw new InvalidTransition(run, event, 'no step is under way');
      return after({ steps: withStep(run, stepAfter(run, event)) });
    case 'step-noted':
    case 'step-output':
      return after({});
    case 'step-blocked':
    case 'step-unblocked':
    case 'answer-given':
    case 'answer-seconded':
    case 'answer-withdrawn':
    case 'owner-told': {
      const record = stepWaiting(run, event);
      return after(record === undefined ? {} : { steps: withStep(run, record) });
    }
    case 'people-reminded':
      return after(reminded(run, event));
    case 'run-halted':
      from('running', 'pausing', 'halted');
      return after({
        status: 'halted',
        halt: run.halt ?? { step: event.step, failure: event.failure, since: event.at },
      });
    case 'decision-made':
      from('halted');
      return afterDecision(run, event);
    case 'pause-requested':
      from('running');
      return after({ status: 'pausing', pauseRequestedBy: event.by });
    case 'run-paused':
      from('pausing');
      return after({ status: 'paused' });
    case 'run-resumed': {
      from('paused', 'pausing');
      const { pauseRequestedBy: _, ...rest } = run;
      return { ...rest, status: 'running', revision: run.revision + 1 };
    }
    case 'abort-requested': {
      from('approved', 'running', 'pausing', 'paused', 'halted');
      return after({ status: 'aborting', endedBy: event.by });
    }
    case 'run-handed-over':
      if (hasEnded(run)) throw new InvalidTransition(run, event, 'it is over');
      return after({ owner: event.to });
    case 'proposal-extended':
      from('proposed');
      return after({ expiresAt: event.until });
    case 'run-aborted':
      from('aborting');
      return after({ status: 'aborted', endedAt: event.at });
    case 'run-succeeded':
      from('running', 'pausing', 'aborting');
      return after({ status: 'succeeded', endedAt: event.at });
    default:
      return assertNever(event);
  }
}

/** The run after several events, in order. */
export function transitions(run: Run, events: readonly RunEvent[]): Run {
  return events.reduce(transition, run);
}

function withStep(run: Run, record: StepRecord): ReadonlyMap<StepKey, StepRecord> {
  return new Map(run.steps).set(record.key, record);
}

function stepAfter(
  run: Run,
  event: RunEventOf<'step-started' | 'step-succeeded' | 'step-failed' | 'step-skipped'>,
): StepRecord {
  const before = run.steps.get(event.step);
  switch (event.kind) {
    case 'step-started':
      if (before && before.status !== 'retrying') {
        throw new InvalidTransition(run, event, `${event.step} is ${before.status}`);
      }
      return {
        key: event.step,
        status: 'running',
        attempt: event.attempt,
        budgetFrom: before?.budgetFrom ?? event.attempt,
        startedAt: before?.startedAt ?? event.at,
        alreadyDone: false,
        facts: before?.facts ?? {},
        ...(before?.stop ? { stop: before.stop } : {}),
        ...(before?.answers ? { answers: before.answers } : {}),
      };
    case 'step-succeeded': {
      const { failure: _, retryAt: __, stop: ___, ...record } = withoutWait(running(run, event));
      return {
        ...record,
        status: 'succeeded',
        endedAt: event.at,
        alreadyDone: event.alreadyDone,
        facts: event.facts,
      };
    }
    case 'step-failed': {
      const { stop, ...before } = running(run, event);
      const record = { ...before, endedAt: event.at, failure: event.failure };
      // What it waited at is still there, and can be answered for as long as the run waits for a decision.
      if (!event.retryAt) return { ...record, status: 'failed' };
      // What could not be stopped yet is still to be stopped.
      return { ...afterRetry(record), status: 'retrying', retryAt: event.retryAt, ...(stop ? { stop } : {}) };
    }
    case 'step-skipped':
      if (before?.status === 'succeeded' || before?.status === 'running') {
        throw new InvalidTransition(run, event, `${event.step} is ${before.status}`);
      }
      return {
        ...(before
          ? withoutWait(before)
          : { key: event.step, attempt: 1, budgetFrom: 1, alreadyDone: false, facts: {} }),
        status: 'skipped',
        endedAt: event.at,
      };
    default:
      return assertNever(event);
  }
}

function running(run: Run, event: RunEventOf<'step-succeeded' | 'step-failed'>): StepRecord {
  const record = run.steps.get(event.step);
  if (record?.status !== 'running' || record.attempt !== event.attempt) {
    throw new InvalidTransition(run, event, `${event.step} is not in attempt ${event.attempt}`);
  }
  return record;
}

/**
 * A decision answers one failed step. When no other one waits for an answer the run goes on, or on to the pause that
 * somebody had asked for before the step failed.
 */
function afterDecision(run: Run, event: RunEventOf<'decision-made'>): Run {
  const { halt: _, ...rest } = run;
  const revision = run.revision + 1;
  if (event.choice === 'abort') return { ...rest, status: 'aborting', endedBy: event.by, revision };
  if (!event.step) throw new InvalidTransition(run, event, 'it names no step');
  const record = run.steps.get(event.step);
  if (record?.status !== 'failed') throw new InvalidTransition(run, event, `${event.step} has not failed`);
  const steps = withStep(run, answered(run, record, { ...event, choice: event.choice }));
  const next = [...steps.values()].find((step) => step.status === 'failed' && !isSetAside(run, step.key));
  return next?.failure
    ? { ...rest, steps, halt: { step: next.key, failure: next.failure, since: event.at }, revision }
    : { ...rest, steps, status: run.pauseRequestedBy === undefined ? 'running' : 'pausing', revision };
}

/** The failed step after its answer. To wait is to go on with the very attempt, so that nothing is begun anew. */
function answered(
  run: Run,
  record: StepRecord,
  event: RunEventOf<'decision-made'> & { readonly choice: Exclude<Choice, 'abort'> },
): StepRecord {
  const again = {
    ...afterRetry(record),
    status: 'retrying',
    retryAt: event.at,
    budgetFrom: record.attempt + 1,
  } as const;
  const act = record.failure?.act;
  switch (event.choice) {
    case 'retry':
      return again;
    case 'skip':
      return { ...withoutWait(record), status: 'skipped', endedAt: event.at };
    case 'wait': {
      if (!act) throw new InvalidTransition(run, event, `${record.key} has no act that runs`);
      const { failure: _, endedAt: __, retryAt: ___, ...rest } = record;
      return { ...rest, status: 'running' };
    }
    case 'stop':
      if (!act) throw new InvalidTransition(run, event, `${record.key} has no act that runs`);
      return { ...again, stop: { by: event.by, act } };
    default:
      return assertNever(event.choice);
  }
}
