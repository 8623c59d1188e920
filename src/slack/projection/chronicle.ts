import { assertNever } from '../../domain/assert-never.ts';
import type { Choice, RunEvent, StoredEvent } from '../../domain/event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Instant, RunId, StepKey, UserId } from '../../domain/names.ts';
import type { RollbackScope } from '../../domain/rollback.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { answersAfter, type GivenAnswer } from '../../domain/waiting.ts';
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
  /** What people answered to each step that is under way. */
  readonly answers: ReadonlyMap<StepKey, readonly GivenAnswer[]>;
  /** Waits that are over. */
  readonly waits: readonly Wait[];
  /** Times that a step failed and was tried again by itself. */
  readonly retries: readonly { readonly step: StepKey; readonly failure: Failure }[];
  readonly decisions: readonly Decided[];
  readonly skips: readonly { readonly step: StepKey; readonly by: UserId; readonly reason: string }[];
  readonly handOvers: readonly { readonly by: UserId; readonly to: UserId }[];
  readonly pauses: readonly { readonly by: UserId; readonly at: Instant }[];
  /** Since when the run stands paused. */
  readonly pausedSince?: Instant;
  /** Since when nothing is done: paused or halted, until a person acts; or parked, until its time comes. */
  readonly idleSince?: Instant;
  /** Whether it is parked, and no person is waited for. */
  readonly isParked?: true;
  /** Seconds of such times that are over. */
  readonly idleSeconds: number;
  /** Those of them that it stood parked. */
  readonly parkedSeconds: number;
  readonly abortRequestedAt?: Instant;
  /** Times that another process took the run up in the middle. */
  readonly takenUp: number;
  /** The newest rollback that went through, where one did. */
  readonly takenBack?: {
    readonly run: RunId;
    readonly at: Instant;
    readonly version: KubernetesVersion;
    readonly scope: RollbackScope;
  };
  /** Rollbacks of the run that were asked for, oldest first. */
  readonly rollbacks: readonly { readonly run: RunId; readonly by: UserId }[];
}

export interface Wait {
  readonly step: StepKey;
  readonly failure: Failure;
  readonly since: Instant;
  readonly seconds: number;
  /** `over`: what it waited for went. `failed`: the step gave up, or was tried again. */
  readonly ending: 'over' | 'failed' | 'skipped';
  /** Who had been heard by then. */
  readonly answers: readonly GivenAnswer[];
}

export interface Decided {
  readonly by: UserId;
  readonly choice: Choice;
  readonly step?: StepKey;
  readonly reason?: string;
  readonly at: Instant;
}

export const emptyChronicle: Chronicle = {
  seq: 0,
  notes: new Map(),
  blocked: new Map(),
  answers: new Map(),
  waits: [],
  retries: [],
  decisions: [],
  skips: [],
  handOvers: [],
  pauses: [],
  idleSeconds: 0,
  parkedSeconds: 0,
  takenUp: 0,
  rollbacks: [],
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
    case 'step-blocked': {
      const since = chronicle.blocked.get(event.step)?.since ?? event.at;
      return {
        ...chronicle,
        blocked: withEntry(chronicle.blocked, event.step, { failure: event.failure, since }),
      };
    }
    case 'step-unblocked':
      return waitOver(chronicle, event.step, event.at, 'over');
    case 'answer-given':
    case 'answer-seconded':
    case 'answer-withdrawn': {
      const given = heard(chronicle.answers.get(event.step) ?? [], event);
      return { ...chronicle, answers: withEntry(chronicle.answers, event.step, given) };
    }
    case 'run-handed-over':
      return { ...chronicle, handOvers: [...chronicle.handOvers, { by: event.by, to: event.to }] };
    case 'step-succeeded':
      return stepOver(chronicle, event.step, event.at, 'over');
    case 'step-failed': {
      const over = stepOver(chronicle, event.step, event.at, 'failed');
      const retried = event.retryAt !== undefined;
      return retried
        ? { ...over, retries: [...over.retries, { step: event.step, failure: event.failure }] }
        : over;
    }
    case 'step-skipped':
      return {
        ...stepOver(chronicle, event.step, event.at, 'skipped'),
        skips: [...chronicle.skips, { step: event.step, by: event.by, reason: event.reason }],
      };
    case 'decision-made': {
      const { by, choice, step, at, reason } = event;
      const decided = {
        by,
        choice,
        at,
        ...(step === undefined ? {} : { step }),
        ...(reason === undefined ? {} : { reason }),
      };
      const aborts = choice === 'abort' ? { abortRequestedAt: at } : {};
      return { ...atWork(chronicle, at), ...aborts, decisions: [...chronicle.decisions, decided] };
    }
    case 'pause-requested':
      return { ...chronicle, pauses: [...chronicle.pauses, { by: event.by, at: event.at }] };
    case 'run-paused':
      return { ...waitingForPeople(chronicle, event.at), pausedSince: event.at };
    case 'run-halted':
      return waitingForPeople(chronicle, event.at);
    case 'run-resumed': {
      const { pausedSince: _, ...rest } = atWork(chronicle, event.at);
      return rest;
    }
    case 'abort-requested':
      return { ...atWork(chronicle, event.at), abortRequestedAt: event.at };
    case 'rollback-ended':
      return event.outcome === 'succeeded'
        ? {
            ...chronicle,
            takenBack: {
              run: event.run,
              at: event.at,
              version: event.version,
              scope: event.scope ?? { kind: 'all' },
            },
          }
        : chronicle;
    // How a drill ended is part of the run itself.
    case 'drill-ended':
      return chronicle;
    case 'rollback-proposed':
      return { ...chronicle, rollbacks: [...chronicle.rollbacks, { run: event.run, by: event.by }] };
    case 'run-taken-up':
      return { ...chronicle, takenUp: chronicle.takenUp + 1 };
    case 'owner-told':
    case 'people-reminded':
    case 'proposal-extended':
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
    case 'run-scheduled':
    case 'quarantine-lifted':
    case 'gate-voted':
    case 'incident-declared':
    case 'incident-ended':
      return chronicle;
    // A pace that counts the hours outside a window would promise weeks.
    case 'run-parked':
      return chronicle.idleSince === undefined
        ? { ...chronicle, idleSince: event.at, isParked: true }
        : chronicle;
    case 'run-unparked':
      return chronicle.isParked ? atWork(chronicle, event.at) : chronicle;
    case 'node-quarantined':
      return stepOver(chronicle, event.step, event.at, 'skipped');
    default:
      return assertNever(event);
  }
}

function atWork(chronicle: Chronicle, at: Instant): Chronicle {
  const { idleSince, isParked = false, ...rest } = chronicle;
  if (idleSince === undefined) return chronicle;
  const seconds = secondsBetween(idleSince, at);
  return {
    ...rest,
    idleSeconds: rest.idleSeconds + seconds,
    parkedSeconds: rest.parkedSeconds + (isParked ? seconds : 0),
  };
}

/** From here on a person has to act, whatever it was parked for until then. */
function waitingForPeople(chronicle: Chronicle, at: Instant): Chronicle {
  if (chronicle.idleSince !== undefined && !chronicle.isParked) return chronicle;
  return { ...atWork(chronicle, at), idleSince: at };
}

/** Answers that have lapsed are forgotten by the run, and their numbers given again. */
function heard(before: readonly GivenAnswer[], event: Parameters<typeof answersAfter>[1]): GivenAnswer[] {
  const valid = event.kind === 'answer-given' ? before.filter(({ number }) => number < event.number) : before;
  return answersAfter(valid, event);
}

function stepOver(chronicle: Chronicle, step: StepKey, at: Instant, ending: Wait['ending']): Chronicle {
  const after = waitOver(chronicle, step, at, ending);
  return {
    ...after,
    notes: withoutEntry(after.notes, step),
    answers: ending === 'failed' ? after.answers : withoutEntry(after.answers, step),
  };
}

function waitOver(chronicle: Chronicle, step: StepKey, at: Instant, ending: Wait['ending']): Chronicle {
  const block = chronicle.blocked.get(step);
  if (block === undefined) return chronicle;
  const { failure, since } = block;
  const answers = chronicle.answers.get(step) ?? [];
  return {
    ...chronicle,
    blocked: withoutEntry(chronicle.blocked, step),
    waits: [
      ...chronicle.waits,
      { step, failure, since, seconds: secondsBetween(since, at), ending, answers },
    ],
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
