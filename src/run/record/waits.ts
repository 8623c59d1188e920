import { assertNever } from '../../domain/assert-never.ts';
import type { RunEventOf } from '../../domain/event.ts';
import { openWait, type Run, type StepRecord } from '../../domain/run.ts';
import { answersAfter, counts, type StepWait } from '../../domain/waiting.ts';
import { InvalidTransition } from './invalid-transition.ts';

type WaitEvent = RunEventOf<
  'step-blocked' | 'step-unblocked' | 'answer-given' | 'answer-seconded' | 'answer-withdrawn' | 'owner-told'
>;

/**
 * The record of a step after something about its wait; undefined when nothing of it changes. Throws InvalidTransition
 * for an answer to a step that waits for none.
 */
export function stepWaiting(run: Run, event: WaitEvent): StepRecord | undefined {
  switch (event.kind) {
    case 'step-blocked': {
      const record = run.steps.get(event.step);
      // Told while the step came to its end: too late to matter.
      if (record?.status !== 'running') return undefined;
      const { failure, standstill } = event;
      const { since = event.at, told = {}, remindedAt } = record.wait ?? {};
      const wait = {
        since,
        told,
        failure,
        ...(standstill ? { standstill } : {}),
        ...(remindedAt ? { remindedAt } : {}),
      };
      return { ...record, wait };
    }
    case 'step-unblocked': {
      const record = run.steps.get(event.step);
      return record?.wait === undefined ? undefined : afterUnblocking(record);
    }
    case 'answer-given':
    case 'answer-seconded':
    case 'answer-withdrawn': {
      const { record, wait } = waiting(run, event);
      const answers = answered(run, event, record.answers ?? []);
      // Whoever answers knows of it: the time until they are called again begins anew.
      return { ...record, answers, wait: { ...wait, remindedAt: event.at } };
    }
    case 'owner-told': {
      const { record, wait } = waiting(run, event);
      const told = { ...wait.told, [event.pod.uid]: { by: event.by, at: event.at } };
      return { ...record, wait: { ...wait, told } };
    }
    default:
      return assertNever(event);
  }
}

function answered(
  run: Run,
  event: Extract<WaitEvent, { kind: 'answer-given' | 'answer-seconded' | 'answer-withdrawn' }>,
  before: NonNullable<StepRecord['answers']>,
) {
  try {
    return answersAfter(before, event);
  } catch (error) {
    throw new InvalidTransition(run, event, error instanceof Error ? error.message : String(error));
  }
}

function waiting(run: Run, event: WaitEvent): { record: StepRecord; wait: StepWait } {
  const record = run.steps.get(event.step);
  const wait = openWait(run, event.step);
  if (!record || !wait) throw new InvalidTransition(run, event, `${event.step} waits for no answer`);
  return { record, wait };
}

/** A record whose step goes on: what counts still does, what waited for a second person has lapsed. */
function afterUnblocking(record: StepRecord): StepRecord {
  const { wait: _, answers, ...rest } = record;
  const kept = (answers ?? []).filter(counts);
  return kept.length === 0 ? rest : { ...rest, answers: kept };
}

/** A record whose step is begun anew: only what was decided about single pods and workloads still holds. */
export function afterRetry(record: StepRecord): StepRecord {
  const { wait: _, answers, ...rest } = record;
  const kept = (answers ?? []).filter(
    (given) => counts(given) && (given.answer.kind === 'delete-pod' || given.answer.kind === 'scale-up'),
  );
  return kept.length === 0 ? rest : { ...rest, answers: kept };
}

/** A record of which nothing waits any more. */
export function withoutWait(record: StepRecord): StepRecord {
  const { wait: _, answers: __, ...rest } = record;
  return rest;
}

/** What changes in a run when the people whom it waits for were called once more. */
export function reminded(run: Run, event: RunEventOf<'people-reminded'>): Partial<Run> {
  const record = run.steps.get(event.step);
  const wait = record?.wait && { ...record.wait, remindedAt: event.at };
  return {
    ...(run.halt?.step === event.step ? { halt: { ...run.halt, remindedAt: event.at } } : {}),
    ...(record && wait ? { steps: new Map(run.steps).set(record.key, { ...record, wait }) } : {}),
  };
}
