import { assertNever } from '../../domain/assert-never.ts';
import type { Choice, RunEvent, StoredEvent } from '../../domain/event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Instant, StepKey, UserId } from '../../domain/names.ts';
import { secondsBetween } from '../text/duration.ts';

/**
 * What a run's events tell beyond its present state: who decided what, how long it waited, what it says it is doing.
 * Folded one event at a time, so that a long run need not be read from its beginning for every edit.
 */
export interface Chronicle {
  /** Number of the last event that is in it. */
  readonly seq: number;
  /** The last note of each step that is under way. */
  readonly notes: ReadonlyMap<StepKey, { readonly text: string; readonly at: Instant }>;
  /** Steps that wait for something that only people can change. */
  readonly blocked: ReadonlyMap<StepKey, { readonly failure: Failure; readonly since: Instant }>;
  /** Waits that are over. */
  readonly waits: readonly Wait[];
  /** Times that a step failed and was tried again by itself. */
  readonly retries: readonly { readonly step: StepKey; readonly failure: Failure }[];
  readonly decisions: readonly Decided[];
  readonly skips: readonly { readonly step: StepKey; readonly by: UserId; readonly reason: string }[];
  readonly pauses: readonly { readonly by: UserId; readonly at: Instant }[];
  /** Since when the run stands paused. */
  readonly pausedSince?: Instant;
  /** Since when nothing is done because a person has to act first: paused or halted. */
  readonly idleSince?: Instant;
  /** Seconds of such times that are over. */
  readonly idleSeconds: number;
  readonly abortRequestedAt?: Instant;
  /** Times that another process took the run up in the middle. */
  readonly takenUp: number;
}

export interface Wait {
  readonly step: StepKey;
  readonly failure: Failure;
  readonly seconds: number;
}

export interface Decided {
  readonly by: UserId;
  readonly choice: Choice;
  readonly step?: StepKey;
  readonly at: Instant;
}

export const emptyChronicle: Chronicle = {
  seq: 0,
  notes: new Map(),
  blocked: new Map(),
  waits: [],
  retries: [],
  decisions: [],
  skips: [],
  pauses: [],
  idleSeconds: 0,
  takenUp: 0,
};

/** The chronicle after some events, oldest first; those that it already holds are passed over. */
export function told(chronicle: Chronicle, events: readonly StoredEvent[]): Chronicle {
  return events.reduce(
    (before, { seq, event }) => (seq <= before.seq ? before : { ...after(before, event), seq }),
    chronicle,
  );
}

function after(chronicle: Chronicle, event: RunEvent): Chronicle {
  switch (event.kind) {
    case 'step-noted':
      return {
        ...chronicle,
        notes: withEntry(chronicle.notes, event.step, { text: event.text, at: event.at }),
      };
    case 'step-output':
      return {
        ...chronicle,
        notes: withEntry(chronicle.notes, event.step, { text: event.line, at: event.at }),
      };
    case 'step-blocked':
      return {
        ...chronicle,
        blocked: withEntry(chronicle.blocked, event.step, { failure: event.failure, since: event.at }),
      };
    case 'step-succeeded':
      return stepOver(chronicle, event.step, event.at);
    case 'step-failed': {
      const over = stepOver(chronicle, event.step, event.at);
      const retried = event.retryAt !== undefined;
      return retried
        ? { ...over, retries: [...over.retries, { step: event.step, failure: event.failure }] }
        : over;
    }
    case 'step-skipped':
      return {
        ...stepOver(chronicle, event.step, event.at),
        skips: [...chronicle.skips, { step: event.step, by: event.by, reason: event.reason }],
      };
    case 'decision-made': {
      const { by, choice, step, at } = event;
      const decided = { by, choice, at, ...(step === undefined ? {} : { step }) };
      const aborts = choice === 'abort' ? { abortRequestedAt: at } : {};
      return { ...atWork(chronicle, at), ...aborts, decisions: [...chronicle.decisions, decided] };
    }
    case 'pause-requested':
      return { ...chronicle, pauses: [...chronicle.pauses, { by: event.by, at: event.at }] };
    case 'run-paused':
      return { ...chronicle, pausedSince: event.at, idleSince: chronicle.idleSince ?? event.at };
    case 'run-halted':
      return { ...chronicle, idleSince: chronicle.idleSince ?? event.at };
    case 'run-resumed': {
      const { pausedSince: _, ...rest } = atWork(chronicle, event.at);
      return rest;
    }
    case 'abort-requested':
      return { ...atWork(chronicle, event.at), abortRequestedAt: event.at };
    case 'run-taken-up':
      return { ...chronicle, takenUp: chronicle.takenUp + 1 };
    case 'run-proposed':
    case 'approval-given':
    case 'run-approved':
    case 'run-rejected':
    case 'run-expired':
    case 'run-voided':
    case 'run-started':
    case 'step-started':
    case 'run-aborted':
    case 'run-succeeded':
    case 'rollback-proposed':
      return chronicle;
    default:
      return assertNever(event);
  }
}

function atWork(chronicle: Chronicle, at: Instant): Chronicle {
  const { idleSince, ...rest } = chronicle;
  if (idleSince === undefined) return chronicle;
  return { ...rest, idleSeconds: rest.idleSeconds + secondsBetween(idleSince, at) };
}

function stepOver(chronicle: Chronicle, step: StepKey, at: Instant): Chronicle {
  const notes = withoutEntry(chronicle.notes, step);
  const block = chronicle.blocked.get(step);
  if (block === undefined) return { ...chronicle, notes };
  const seconds = secondsBetween(block.since, at);
  return {
    ...chronicle,
    notes,
    blocked: withoutEntry(chronicle.blocked, step),
    waits: [...chronicle.waits, { step, failure: block.failure, seconds }],
  };
}

function withEntry<V>(map: ReadonlyMap<StepKey, V>, key: StepKey, value: V): ReadonlyMap<StepKey, V> {
  return new Map(map).set(key, value);
}

function withoutEntry<V>(map: ReadonlyMap<StepKey, V>, key: StepKey): ReadonlyMap<StepKey, V> {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
