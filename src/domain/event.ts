import { z } from 'zod';
import { Failure } from './failure.ts';
import { Instant, PlanDigest, RunId, StepKey, UserId } from './names.ts';

const by = { by: UserId };
const ofStep = { step: StepKey, attempt: z.number().int().min(1) };

const event = <Kind extends string, Data extends z.ZodRawShape>(kind: Kind, data: Data) =>
  z.strictObject({ kind: z.literal(kind), at: Instant, ...data });

/** What a person may answer when a run waits for them; `wait` and `stop` only while the step's act still runs. */
export const Choice = z.enum(['retry', 'skip', 'abort', 'wait', 'stop']);
export type Choice = z.infer<typeof Choice>;

/** How the decision of a person reached the run. */
export const RunEvent = z.discriminatedUnion('kind', [
  event('run-proposed', { ...by, digest: PlanDigest }),
  event('approval-given', { ...by, digest: PlanDigest }),
  event('run-approved', {}),
  event('run-rejected', by),
  event('run-expired', {}),
  /** The cluster is no longer as the plan found it; nothing was done. */
  event('run-voided', { reason: z.string() }),
  event('run-started', {}),
  /** A process took an unfinished run up again after another one (or itself, earlier) had let go of it. */
  event('run-taken-up', { fence: z.number().int() }),
  event('step-started', ofStep),
  /** `alreadyDone`: observing found nothing to do, so nothing was done. */
  event('step-succeeded', { ...ofStep, alreadyDone: z.boolean(), facts: z.record(z.string(), z.string()) }),
  /** Something worth telling in the middle of a step: what it waits for, what has moved. */
  event('step-noted', { step: StepKey, text: z.string() }),
  /** The newest line that a long command of the step printed; a sample, masked and bounded. */
  event('step-output', { step: StepKey, line: z.string().max(500) }),
  /** The step waits for something that only people can change; told once a wait. */
  event('step-blocked', { step: StepKey, failure: Failure }),
  event('step-failed', { ...ofStep, failure: Failure, retryAt: Instant.optional() }),
  event('step-skipped', { step: StepKey, ...by, reason: z.string() }),
  /** The run stands still until a person decides. */
  event('run-halted', { step: StepKey, failure: Failure }),
  event('decision-made', { ...by, choice: Choice, step: StepKey.optional() }),
  event('pause-requested', by),
  event('run-paused', {}),
  event('run-resumed', by),
  event('abort-requested', by),
  event('run-aborted', {}),
  event('run-succeeded', {}),
  /** On the run that is to be taken back: a rollback of it was proposed as a run of its own. */
  event('rollback-proposed', { ...by, run: RunId }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
export type RunEventKind = RunEvent['kind'];
export type RunEventOf<Kind extends RunEventKind> = Extract<RunEvent, { kind: Kind }>;

/** An event as it lies in the store: append-only, numbered from 1 within its run. */
export const StoredEvent = z.strictObject({ run: RunId, seq: z.number().int().min(1), event: RunEvent });
export type StoredEvent = z.infer<typeof StoredEvent>;
