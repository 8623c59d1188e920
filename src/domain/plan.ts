import { z } from 'zod';
import { Finding } from './finding.ts';
import { ClusterName, NodeName, PlanDigest, StepKey } from './names.ts';
import { Origin } from './origin.ts';
import { Policy } from './policy.ts';
import { Purpose } from './rollback.ts';
import { Step } from './step.ts';
import { KubernetesVersion } from './version.ts';

/** One subject's steps, in order: a node's turn, or the cluster's own. */
export const Turn = z.strictObject({
  subject: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('cluster') }),
    z.strictObject({ kind: z.literal('node'), node: NodeName }),
  ]),
  /** Why this subject stands here in the order; shown to people. */
  reason: z.string(),
  /** The pool of workers whose settings count here; absent: the policy's own. */
  pool: z.string().optional(),
  steps: z.array(Step).min(1),
});
export type Turn = z.infer<typeof Turn>;

/** Turns that are taken at the same time. The next batch starts when all of them are through. */
export const Batch = z.strictObject({ turns: z.array(Turn).min(1) });
export type Batch = z.infer<typeof Batch>;

/** `etcd`: its downgrade or restore, in a rollback only. */
/** `gate`: what has to be so before the phase after it. */
export const PhaseKind = z.enum([
  'before',
  'gate',
  'control-plane',
  'addons',
  'canary',
  'workers',
  'etcd',
  'after',
]);
export type PhaseKind = z.infer<typeof PhaseKind>;

export const Phase = z.strictObject({ kind: PhaseKind, batches: z.array(Batch).min(1) });
export type Phase = z.infer<typeof Phase>;

/** What it takes to go back, as known when the plan was made. */
export const Reversibility = z.strictObject({
  /** The step after which etcd can no longer simply go back to its old minor; absent if etcd's minor does not move. */
  freeUntil: StepKey.optional(),
  /** Sentence for the plan message. */
  summary: z.string(),
  /** Of a plan with several hops: each one's own way back, in their order. */
  hops: z
    .array(
      z.strictObject({
        from: KubernetesVersion,
        to: KubernetesVersion,
        freeUntil: StepKey.optional(),
        /** The etcd line after the hop, where it moves. */
        etcdTo: z.string().optional(),
      }),
    )
    .optional(),
});
export type Reversibility = z.infer<typeof Reversibility>;

/** What the upgrade changes in a static pod manifest, as lines of a diff that begin with `+ ` or `- `. */
export const ManifestChange = z.strictObject({
  component: z.string(),
  /** The control planes on which exactly this changes. */
  nodes: z.array(NodeName).min(1),
  lines: z.array(z.string()).min(1),
});
export type ManifestChange = z.infer<typeof ManifestChange>;

/** The pods that a node's drain moves, as they were when the plan was made. */
export const NodeMoves = z.strictObject({
  node: NodeName,
  pods: z.number().int(),
  /** `namespace/name` of pods that nothing brings back. */
  gone: z.array(z.string()),
  /** `namespace/name` of pods that lose their emptyDir data. */
  emptied: z.array(z.string()),
});
export type NodeMoves = z.infer<typeof NodeMoves>;

/** Ordered steps in phases, from a pure function of snapshot, intent and policy. What is approved is what runs. */
export const Plan = z.strictObject({
  kind: z.literal('plan'),
  /** Plans of older stores say nothing: they are upgrades. */
  purpose: Purpose.default({ kind: 'upgrade' }),
  digest: PlanDigest,
  cluster: ClusterName,
  from: KubernetesVersion,
  to: KubernetesVersion,
  /** One version a hop; the last is `to`. */
  hops: z.array(KubernetesVersion).min(1),
  etcd: z.strictObject({ from: z.string().optional(), to: z.string().optional() }),
  /** Where it begins, node by node; plans of older stores do not say. */
  origin: Origin.optional(),
  phases: z.array(Phase).min(1),
  /** Findings that do not block: warnings first. */
  findings: z.array(Finding),
  /** What changes in the manifests of the control planes; absent where it is not known. */
  manifests: z.array(ManifestChange).optional(),
  reversibility: Reversibility,
  estimateSeconds: z.number().int(),
  /** Of every node that is drained; plans of older stores do not say. */
  moves: z.array(NodeMoves).optional(),
  /** What the estimate rests on; plans of older stores do not say. */
  estimateFrom: z.enum(['history', 'partly-history', 'defaults']).optional(),
  /** Digest of the facts that the plan rests on; another basis at approval or start is drift. */
  basis: z.string(),
  /** The policy as it was when the plan was made: it was approved, too, and the run keeps to it. */
  policy: Policy,
});
export type Plan = z.infer<typeof Plan>;

/** The planner's no: at least one finding is a blocker. */
export const Refusal = z.strictObject({
  kind: z.literal('refusal'),
  cluster: ClusterName,
  from: KubernetesVersion,
  to: KubernetesVersion,
  findings: z.array(Finding),
  /** A version that could be planned instead, if one is known. */
  instead: KubernetesVersion.optional(),
  /** The versions of a way in several hops, the last is `to`, if that was not asked for and would go. */
  inHops: z.array(KubernetesVersion).min(2).optional(),
});
export type Refusal = z.infer<typeof Refusal>;

/** All steps of a plan in the order of their places; steps of one batch stand turn by turn. */
export function stepsOf(plan: Pick<Plan, 'phases'>): Step[] {
  return plan.phases.flatMap((phase) =>
    phase.batches.flatMap((batch) => batch.turns.flatMap((turn) => turn.steps)),
  );
}

/** The nodes of some phases in the order of their turns, each once. */
export function nodesOf(phases: readonly Phase[]): NodeName[] {
  const nodes = phases.flatMap((phase) =>
    phase.batches.flatMap((batch) =>
      batch.turns.flatMap((turn) => (turn.subject.kind === 'node' ? [turn.subject.node] : [])),
    ),
  );
  return [...new Set(nodes)];
}
