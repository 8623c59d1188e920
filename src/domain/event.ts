import { z } from 'zod';
import { Answer, Standstill } from './blockage.ts';
import { GateChoice, ParkedFor } from './course.ts';
import { DrillReport } from './drill.ts';
import { Failure } from './failure.ts';
import { ChannelId, Instant, NodeName, PlanDigest, RunId, StepKey, UserId } from './names.ts';
import { RollbackScope } from './rollback.ts';
import { KubernetesVersion } from './version.ts';

const by = { by: UserId };
const ofStep = { step: StepKey, attempt: z.number().int().min(1) };

/** The place of an answer among those to its step, from 1. */
const AnswerNumber = z.number().int().min(1);

const event = <Kind extends string, Data extends z.ZodRawShape>(kind: Kind, data: Data) =>
  z.strictObject({ kind: z.literal(kind), at: Instant, ...data });

/** What a person may answer when a run waits for them; `wait` and `stop` only while the step's act still runs. */
export const Choice = z.enum(['retry', 'skip', 'abort', 'wait', 'stop']);
export type Choice = z.infer<typeof Choice>;

/** How the decision of a person reached the run. */
export const RunEvent = z.discriminatedUnion('kind', [
  event('run-proposed', { ...by, digest: PlanDigest }),
  /** `drill`: the approval of that drill's upgrade, which covers its way back. */
  event('approval-given', { ...by, digest: PlanDigest, drill: RunId.optional() }),
  event('run-approved', {}),
  event('run-rejected', by),
  event('run-expired', {}),
  /** The cluster is no longer as the plan found it; nothing was done. */
  event('run-voided', { reason: z.string() }),
  event('run-started', {}),
  /** A process took an unfinished run up again after another one (or itself, earlier) had let go of it. */
  event('run-taken-up', { fence: z.number().int() }),
  event('step-started', ofStep),
  /** `alreadyDone`: observing found nothing to do before this run had begun the step. */
  event('step-succeeded', { ...ofStep, alreadyDone: z.boolean(), facts: z.record(z.string(), z.string()) }),
  /** Something worth telling in the middle of a step: what it waits for, what has moved. */
  event('step-noted', { step: StepKey, text: z.string() }),
  /** The newest line that a long command of the step printed; a sample, masked and bounded. */
  event('step-output', { step: StepKey, line: z.string().max(500) }),
  /** The step waits for something that only people can change. `again`: in the same wait, it is no longer the same. */
  event('step-blocked', {
    step: StepKey,
    failure: Failure,
    standstill: Standstill.optional(),
    again: z.literal(true).optional(),
  }),
  /** What it waited for has resolved, and it goes on. */
  event('step-unblocked', { step: StepKey }),
  /** A person's answer to a step that waits; one that can hurt counts only when a second person has said so. */
  event('answer-given', {
    step: StepKey,
    number: AnswerNumber,
    answer: Answer,
    reason: z.string().optional(),
  }),
  event('answer-seconded', { ...by, step: StepKey, number: AnswerNumber }),
  event('answer-withdrawn', { ...by, step: StepKey, number: AnswerNumber }),
  /** Whoever owns a pod that is in the way was called. */
  event('owner-told', {
    ...by,
    step: StepKey,
    pod: z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
    owner: z.string(),
  }),
  /** The people whom a run waits for were called once more. */
  event('people-reminded', { step: StepKey }),
  event('step-failed', { ...ofStep, failure: Failure, retryAt: Instant.optional() }),
  event('step-skipped', { step: StepKey, ...by, reason: z.string() }),
  /** The run stands still until a person decides. */
  event('run-halted', { step: StepKey, failure: Failure }),
  event('decision-made', {
    ...by,
    choice: Choice,
    step: StepKey.optional(),
    reason: z.string().optional(),
  }),
  event('pause-requested', by),
  event('run-paused', {}),
  event('run-resumed', by),
  event('abort-requested', by),
  event('run-aborted', {}),
  /** Somebody else answers for the run from now on, and is the one who is called. */
  event('run-handed-over', { ...by, to: UserId }),
  /** An open proposal may be approved for longer. */
  event('proposal-extended', { ...by, until: Instant }),
  event('run-succeeded', {}),
  /** On the run that is to be taken back: a rollback of it was proposed as a run of its own. */
  event('rollback-proposed', { ...by, run: RunId, drill: z.literal(true).optional() }),
  /** On the same: that rollback is over, and what the cluster is back on if it went through. */
  event('rollback-ended', {
    run: RunId,
    outcome: z.enum(['succeeded', 'aborted']),
    version: KubernetesVersion,
    /** How much of the run it took back; older stores do not say. */
    scope: RollbackScope.optional(),
  }),
  /** On the upgrade of a drill: the drill is over. */
  event('drill-ended', { report: DrillReport }),
  /** It is not to start before a moment that somebody named. */
  event('run-scheduled', { ...by, startAt: Instant }),
  /** Nothing new is begun until something is over; what is in hand comes to its end. */
  event('run-parked', { for: ParkedFor, until: Instant.optional(), reason: z.string().optional() }),
  event('run-unparked', {}),
  /** A worker failed and is set aside; the others go on. */
  event('node-quarantined', { ...ofStep, node: NodeName, failure: Failure }),
  /** A person wants a worker in quarantine tried again. */
  event('quarantine-lifted', { ...by, node: NodeName, step: StepKey }),
  event('gate-voted', { ...by, step: StepKey, choice: GateChoice }),
  /** An incident channel of the cluster was declared, or closed. */
  event('incident-declared', { ...by, channel: ChannelId, name: z.string() }),
  event('incident-ended', { ...by, channel: ChannelId }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
export type RunEventKind = RunEvent['kind'];
export type RunEventOf<Kind extends RunEventKind> = Extract<RunEvent, { kind: Kind }>;

/** An event as it lies in the store: append-only, numbered from 1 within its run. */
export const StoredEvent = z.strictObject({ run: RunId, seq: z.number().int().min(1), event: RunEvent });
export type StoredEvent = z.infer<typeof StoredEvent>;
