import type { Answer, Standstill } from '../domain/blockage.ts';
import type { GateVote } from '../domain/course.ts';
import type { Failure } from '../domain/failure.ts';
import type { ClusterName, Instant, NodeName, RunId } from '../domain/names.ts';
import type { Origin } from '../domain/origin.ts';
import type { Policy } from '../domain/policy.ts';
import type { Step, StepKind, StepOf } from '../domain/step.ts';
import type { ActEnding, ActRecord } from './output-store.ts';
import type { OnOutput } from './remote-host.ts';
import type { BackupRecord } from './run-store.ts';

/** Facts that a step leaves behind for the record and for messages: short, plain, masked. */
export type StepFacts = Readonly<Record<string, string>>;

/** What observing found: nothing to do, or something. */
export type Observation =
  | { readonly status: 'done'; readonly facts: StepFacts }
  | { readonly status: 'to-do' };

/** Keeps what one act prints, for people to read; fails nothing. */
export interface ActLog {
  output: OnOutput;
  /** Nothing more of it is read by this process. Without an ending it may go on. Resolves when all is kept. */
  ended(ending?: ActEnding): Promise<void>;
}

/** What a handler is given for one attempt beyond the step itself. */
export interface AttemptContext {
  readonly run: RunId;
  readonly cluster: ClusterName;
  readonly policy: Policy;
  /** From 1. The same number again after a crash in the middle: the act must find what it had started. */
  readonly attempt: number;
  /** When this attempt began; the same after a crash in the middle, so that no deadline begins anew. */
  readonly startedAt: Instant;
  /** Nodes that a person decided to leave out of this run: what is verified for all leaves them out, too. */
  readonly skippedNodes: ReadonlySet<NodeName>;
  /** Where the run's plan begins; older plans do not say. */
  readonly origin?: Origin;
  /** Fires when the process is to stop or the lease was lost: return or throw soon; the step is taken up again later. */
  readonly signal: AbortSignal;
  /**
   * Fires when a person has the run aborted. A step that can be left at any moment, such as a drain, ends with a
   * StepFailure soon; others go on to their end.
   */
  readonly abandoned: AbortSignal;
  /** Tells people something in the middle of the step. Not for every line of output. */
  note(text: string): void;
  /** Takes what a long command prints, masked, whole lines; people are shown a sample of it. */
  output(lines: readonly string[]): void;
  /** Begins the record of an act of this step: its whole output is kept. */
  record(act: Pick<ActRecord, 'node' | 'base' | 'purpose'>): ActLog;
  /**
   * Tells people that the step waits for something that only they can change; it goes on waiting. Called again when what
   * it waits for is no longer the same.
   */
  blocked(failure: Failure, standstill?: Standstill): void;
  /** What was told as blocked has resolved: by itself, or by what people did. */
  unblocked(): void;
  /** What people have said at this step, where it is a gate; read anew by one that waits. */
  votes(): readonly GateVote[];
  /** What people have answered to this step so far, oldest first; read anew by a step that waits. */
  answers(): readonly Answer[];
  recordBackup(backup: Omit<BackupRecord, 'run' | 'step' | 'cluster' | 'takenAt'>): Promise<void>;
}

/**
 * One kind of step. `observe` looks whether the world already is as the step wants it and changes nothing; `act` changes
 * it and may be called again after any crash; `verify` throws unless the world now is as wanted. All three throw
 * StepFailure.
 */
export interface StepHandler<S extends Step> {
  observe(step: S, context: AttemptContext): Promise<Observation>;
  act(step: S, context: AttemptContext): Promise<void>;
  verify(step: S, context: AttemptContext): Promise<StepFacts>;
}

/** A handler for every kind of step: the compiler misses none. */
export type StepHandlers = { readonly [Kind in StepKind]: StepHandler<StepOf<Kind>> };
