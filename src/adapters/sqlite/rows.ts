import { z } from 'zod';
import { Course, emptyCourse } from '../../domain/course.ts';
import { Failure } from '../../domain/failure.ts';
import { ChannelId, ClusterName, Instant, NodeName, RunId, StepKey, UserId } from '../../domain/names.ts';
import { Plan } from '../../domain/plan.ts';
import { Approval, type Run, RunStatus, StepRecord, StepStatus } from '../../domain/run.ts';
import { GivenAnswer, StepWait } from '../../domain/waiting.ts';
import type { RunHead, TouchedNode } from '../../ports/run-store.ts';

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);

const Facts = z.record(z.string(), z.string());

/** A row of `runs` without its plan. What lies in the store is checked as strictly as what comes from outside. */
export const RunRow = z.object({
  id: RunId,
  kind: z.enum(['upgrade', 'rollback']),
  cluster: ClusterName,
  status: RunStatus,
  channel: ChannelId,
  requested_by: UserId,
  created_at: Instant,
  expires_at: Instant,
  started_at: Instant.nullable(),
  ended_at: Instant.nullable(),
  ended_by: UserId.nullable(),
  end_reason: z.string().nullable(),
  pause_requested_by: UserId.nullable(),
  owner: UserId.nullable(),
  course: json(Course).nullable(),
  halt: json(
    z.strictObject({ step: StepKey, failure: Failure, since: Instant, remindedAt: Instant.optional() }),
  )
    .transform(({ remindedAt, ...halt }) => (remindedAt === undefined ? halt : { ...halt, remindedAt }))
    .nullable(),
  revision: z.number().int(),
});
export type RunRow = z.infer<typeof RunRow>;

const Headline = Plan.pick({ cluster: true, from: true, to: true, hops: true, purpose: true });

/** What a run's row says of its plan, which lies elsewhere. */
export function headlineOf({ cluster, from, to, hops, purpose }: Plan): string {
  return JSON.stringify({ cluster, from, to, hops, purpose } satisfies z.infer<typeof Headline>);
}

/** The columns of a run's head. */
export const HeadRow = RunRow.pick({
  id: true,
  kind: true,
  cluster: true,
  status: true,
  channel: true,
  requested_by: true,
  created_at: true,
  expires_at: true,
  started_at: true,
  ended_at: true,
  halt: true,
}).extend({ headline: json(Headline) });

export function headOfRow(raw: unknown): RunHead {
  const row = HeadRow.parse(raw);
  const { id, kind, cluster, status, channel, headline } = row;
  return {
    id,
    kind,
    cluster,
    status,
    channel,
    plan: headline,
    requestedBy: row.requested_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...present({ startedAt: row.started_at, endedAt: row.ended_at, halt: row.halt }),
  };
}

export const TouchedRow = z
  .object({ node: NodeName, done_at: Instant.nullable() })
  .transform(({ node, done_at: doneAt }): TouchedNode => ({ node, ...(doneAt === null ? {} : { doneAt }) }));

export const StepRow = z.object({
  key: StepKey,
  status: StepStatus,
  attempt: StepRecord.shape.attempt,
  budget_from: StepRecord.shape.budgetFrom,
  started_at: Instant.nullable(),
  ended_at: Instant.nullable(),
  retry_at: Instant.nullable(),
  already_done: z.number().int(),
  facts: json(Facts),
  failure: json(Failure).nullable(),
  stop: json(StepRecord.shape.stop.unwrap()).nullable(),
  wait: json(StepWait).nullable(),
  answers: json(z.array(GivenAnswer)).nullable(),
});
export type StepRow = z.infer<typeof StepRow>;

export const ApprovalRow = z
  .object({ by_user: UserId, at: Instant })
  .transform((row): Approval => ({ by: row.by_user, at: row.at }));

/** Optional properties are absent, not undefined: a run is compared and serialised as a whole. */
function present<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], null> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as never;
}

export function stepOfRow(row: StepRow): StepRecord {
  return {
    key: row.key,
    status: row.status,
    attempt: row.attempt,
    budgetFrom: row.budget_from,
    alreadyDone: row.already_done !== 0,
    facts: row.facts,
    ...present({
      startedAt: row.started_at,
      endedAt: row.ended_at,
      retryAt: row.retry_at,
      failure: row.failure,
      stop: row.stop,
      wait: row.wait,
      answers: row.answers,
    }),
  };
}

export function runOfRow(
  row: RunRow,
  plan: Plan,
  approvals: readonly Approval[],
  steps: readonly StepRecord[],
): Run {
  return {
    id: row.id,
    kind: row.kind,
    cluster: row.cluster,
    status: row.status,
    plan,
    requestedBy: row.requested_by,
    channel: row.channel,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    approvals,
    course: row.course ?? emptyCourse,
    steps: new Map(steps.map((step) => [step.key, step])),
    revision: row.revision,
    ...present({
      startedAt: row.started_at,
      endedAt: row.ended_at,
      endedBy: row.ended_by,
      endReason: row.end_reason,
      pauseRequestedBy: row.pause_requested_by,
      owner: row.owner,
      halt: row.halt,
    }),
  };
}

/** Column values of a run, for named parameters. */
export function rowOfRun(run: Run): Record<string, string | number | null> {
  return {
    id: run.id,
    kind: run.kind,
    cluster: run.cluster,
    status: run.status,
    channel: run.channel,
    requested_by: run.requestedBy,
    created_at: run.createdAt,
    expires_at: run.expiresAt,
    started_at: run.startedAt ?? null,
    ended_at: run.endedAt ?? null,
    ended_by: run.endedBy ?? null,
    end_reason: run.endReason ?? null,
    pause_requested_by: run.pauseRequestedBy ?? null,
    owner: run.owner ?? null,
    course: JSON.stringify(run.course),
    halt: run.halt ? JSON.stringify(run.halt) : null,
    revision: run.revision,
  };
}

export function rowOfStep(
  run: RunId,
  kind: string,
  step: StepRecord,
): Record<string, string | number | null> {
  return {
    run,
    key: step.key,
    kind,
    status: step.status,
    attempt: step.attempt,
    budget_from: step.budgetFrom,
    started_at: step.startedAt ?? null,
    ended_at: step.endedAt ?? null,
    retry_at: step.retryAt ?? null,
    already_done: step.alreadyDone ? 1 : 0,
    facts: JSON.stringify(step.facts),
    failure: step.failure ? JSON.stringify(step.failure) : null,
    stop: step.stop ? JSON.stringify(step.stop) : null,
    wait: step.wait ? JSON.stringify(step.wait) : null,
    answers: step.answers ? JSON.stringify(step.answers) : null,
  };
}
