import { z } from 'zod';
import { DrillEtcd } from './drill.ts';
import { ClusterName, NodeName, RunId, UserId } from './names.ts';
import { EtcdWay, RollbackScope } from './rollback.ts';
import { KubernetesVersion, MinorVersion } from './version.ts';

/** The version that a person asked for: exact, newest patch of a line, newest patch of the current line or of the next. */
export const Target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exact'), version: KubernetesVersion }),
  z.strictObject({ kind: z.literal('minor'), minor: MinorVersion }),
  z.strictObject({ kind: z.literal('latest') }),
  z.strictObject({ kind: z.literal('next') }),
]);
export type Target = z.infer<typeof Target>;

/** When a run is to start, where a person said so: at a time of the cluster's own zone, or when its next window opens. */
export const Start = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('at'),
    /** The next such time unless there is a date. */
    time: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
    date: z.iso.date().optional(),
  }),
  z.strictObject({ kind: z.literal('next-window') }),
]);
export type Start = z.infer<typeof Start>;

/** What a person asked for, parsed from a slash command, a button or a modal. */
export const Intent = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('plan'),
    cluster: ClusterName.optional(),
    target: Target.optional(),
    /** Several minors in one plan, one after the other. */
    inHops: z.literal(true).optional(),
    start: Start.optional(),
  }),
  /** The checks alone; without a target those of today and of the next minor. */
  z.strictObject({ kind: z.literal('doctor'), cluster: ClusterName, target: Target.optional() }),
  z.strictObject({ kind: z.literal('status'), run: RunId.optional() }),
  /** What commands of a run printed, of one node or one step where `about` names it; without a run of the present one. */
  z.strictObject({
    kind: z.literal('output'),
    run: RunId.optional(),
    about: z.string().max(253).optional(),
  }),
  z.strictObject({ kind: z.literal('runs') }),
  z.strictObject({ kind: z.literal('pause'), run: RunId }),
  z.strictObject({ kind: z.literal('resume'), run: RunId }),
  z.strictObject({ kind: z.literal('abort'), run: RunId }),
  /** Without a node the step that the run is halted at. */
  z.strictObject({ kind: z.literal('retry'), run: RunId, node: NodeName.optional() }),
  /** The words of the reason; the first may be a node of the run. */
  z.strictObject({ kind: z.literal('skip'), run: RunId, words: z.array(z.string()).min(1) }),
  z.strictObject({ kind: z.literal('handover'), run: RunId, to: UserId }),
  /** More time for an open proposal, or for drains that stand still. */
  z.strictObject({
    kind: z.literal('extend'),
    run: RunId,
    node: NodeName.optional(),
    minutes: z.number().int().min(1).optional(),
  }),
  /** An incident that holds the runs of its clusters, declared in its channel. */
  z.strictObject({ kind: z.literal('incident'), action: z.enum(['start', 'end']) }),
  z.strictObject({ kind: z.literal('clusters') }),
  z.strictObject({ kind: z.literal('help') }),
]);
export type Intent = z.infer<typeof Intent>;

/** What a person asked of the rollback command. */
export const RollbackCommand = z.discriminatedUnion('kind', [
  /** What changed near now, that might be taken back. */
  z.strictObject({ kind: z.literal('candidates') }),
  z.strictObject({
    kind: z.literal('rollback'),
    of: z.union([z.strictObject({ run: RunId }), z.strictObject({ cluster: ClusterName })]),
    scope: RollbackScope,
    /** Absent: the cheapest way that is open. */
    etcd: EtcdWay.optional(),
  }),
  /** An upgrade of a rehearsal cluster that is taken back when it is through. */
  z.strictObject({ kind: z.literal('drill'), cluster: ClusterName, target: Target, etcd: DrillEtcd }),
  z.strictObject({ kind: z.literal('help') }),
]);
export type RollbackCommand = z.infer<typeof RollbackCommand>;

/** An upgrade asked of one cluster, complete: what the planner works on. */
export const UpgradeIntent = z.strictObject({
  cluster: ClusterName,
  target: KubernetesVersion,
  /** Whether the control plane may go through several minors; without it a target farther away is refused. */
  inHops: z.boolean().optional(),
  /** To be taken back when it is through, with this done about etcd. */
  drill: DrillEtcd.optional(),
});
export type UpgradeIntent = z.infer<typeof UpgradeIntent>;
