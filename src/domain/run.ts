import { z } from 'zod';
import type { Course } from './course.ts';
import { Failure, RunningAct } from './failure.ts';
import { ChannelId, ClusterName, Instant, type NodeName, RunId, StepKey, UserId } from './names.ts';
import { Plan, stepsOf } from './plan.ts';
import { nodeOf } from './step.ts';
import { GivenAnswer, StepWait } from './waiting.ts';

/**
 * proposed → approved → running ⇄ pausing → paused, running → halted (a person is needed) → running, and the ends.
 * `rejected`, `expired` and `voided` end a proposal of which nothing was done.
 */
export const RunStatus = z.enum([
  'proposed',
  'approved',
  'running',
  'pausing',
  'paused',
  'halted',
  'aborting',
  'succeeded',
  'aborted',
  'rejected',
  'expired',
  'voided',
]);
export type RunStatus = z.infer<typeof RunStatus>;

export const StepStatus = z.enum(['running', 'retrying', 'failed', 'succeeded', 'skipped']);
export type StepStatus = z.infer<typeof StepStatus>;

/** What is recorded of a step. A step without a record is pending. */
export const StepRecord = z.strictObject({
  key: StepKey,
  status: StepStatus,
  /** Tries so far, the current one included. */
  attempt: z.number().int().min(1),
  /** The attempt that the present budget of retries is counted from: a person's retry begins a new one. */
  budgetFrom: z.number().int().min(1),
  startedAt: Instant.optional(),
  endedAt: Instant.optional(),
  /** Before this moment a retrying step is not tried again. */
  retryAt: Instant.optional(),
  alreadyDone: z.boolean(),
  facts: z.record(z.string(), z.string()),
  failure: Failure.optional(),
  /** An act that a person wants ended before anything else is done. */
  stop: z.strictObject({ by: UserId, act: RunningAct }).optional(),
  /** What it stands still at, from when people were told until it resolved or somebody decided. */
  wait: StepWait.optional(),
  /** What people have answered to it, oldest first. */
  answers: z.array(GivenAnswer).optional(),
});
export type StepRecord = z.infer<typeof StepRecord>;

export const Approval = z.strictObject({ by: UserId, at: Instant });
export type Approval = z.infer<typeof Approval>;

/** One execution of one plan, from the proposal on. */
export interface Run {
  readonly id: RunId;
  /** As its plan's purpose. */
  readonly kind: Plan['purpose']['kind'];
  readonly cluster: ClusterName;
  readonly status: RunStatus;
  readonly plan: Plan;
  readonly requestedBy: UserId;
  readonly channel: ChannelId;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly approvals: readonly Approval[];
  /** Who ended it early: rejected, aborted. */
  readonly endedBy?: UserId;
  /** Why it ended without being run: the drift that voided it. */
  readonly endReason?: string;
  readonly pauseRequestedBy?: UserId;
  /** What the run waits for a person about. */
  readonly halt?: {
    readonly step: StepKey;
    readonly failure: Failure;
    readonly since: Instant;
    /** When the people who are asked were called last, beyond the first time. */
    readonly remindedAt?: Instant;
  };
  /** Who answers for it since it was handed over; else whoever asked for it. */
  readonly owner?: UserId;
  /** What holds it beyond its steps, whom it left aside, who spoke at its gates. */
  readonly course: Course;
  /** Records of the steps that were touched, by key. */
  readonly steps: ReadonlyMap<StepKey, StepRecord>;
  /** Grows by one with every event; a commit names the revision that it was decided on. */
  readonly revision: number;
}

const ends: ReadonlySet<RunStatus> = new Set(['succeeded', 'aborted', 'rejected', 'expired', 'voided']);

/** Whether nothing more can happen to the run. */
export function hasEnded(run: Pick<Run, 'status'>): boolean {
  return ends.has(run.status);
}

/** Statuses of a run that holds its cluster: something may have been done that is not finished. */
export const underWayStatuses = ['approved', 'running', 'pausing', 'paused', 'halted', 'aborting'] as const;

/** Whether the run holds its cluster. */
export function isUnderWay(run: Pick<Run, 'status'>): boolean {
  return (underWayStatuses as readonly RunStatus[]).includes(run.status);
}

/**
 * What a step waits for people at, if it does: while it runs, and after it has failed for as long as the run stands
 * halted over it.
 */
export function openWait(run: Pick<Run, 'status' | 'steps'>, key: StepKey): StepWait | undefined {
  const record = run.steps.get(key);
  const asked =
    record?.status === 'running' ? !hasEnded(run) : record?.status === 'failed' && run.status === 'halted';
  return asked ? record?.wait : undefined;
}

/** Who answers for the run and is called when it needs somebody. */
export function ownerOf(run: Pick<Run, 'owner' | 'requestedBy'>): UserId {
  return run.owner ?? run.requestedBy;
}

/** The nodes on which steps of the run were begun, each once: where it may have left something. */
export function touchedNodes(run: Pick<Run, 'plan' | 'steps'>): NodeName[] {
  const nodes = stepsOf(run.plan).flatMap((step) => (run.steps.has(step.key) ? (nodeOf(step) ?? []) : []));
  return [...new Set(nodes)];
}
