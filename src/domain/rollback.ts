import { z } from 'zod';
import { DrillPlan } from './drill.ts';
import { NodeName, RunId } from './names.ts';

/** A file of a run's backups: what a rollback puts back, by its place and the sum that it was sealed with. */
export const SavedFile = z.strictObject({
  run: RunId,
  /** On the bot's machine. */
  path: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SavedFile = z.infer<typeof SavedFile>;

/** How much of a run is to be taken back. */
export const RollbackScope = z.discriminatedUnion('kind', [
  /** Workers, then control planes: everything that the run touched. */
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('workers') }),
  /** Control planes only; refused while a worker's kubelet would then be newer than an API server. */
  z.strictObject({ kind: z.literal('control-plane') }),
  z.strictObject({ kind: z.literal('nodes'), nodes: z.array(NodeName).min(1) }),
]);
export type RollbackScope = z.infer<typeof RollbackScope>;

/**
 * The ways back, from the cheapest to none. `free`: some etcd member still runs the old minor, or etcd's minor does not
 * move; `keep-etcd`: etcd stays at its new minor and the older API server runs on it; `etcd-downgrade`: etcd's own
 * formal downgrade, only when asked for; `restore-with-data-loss`: the snapshot from before, every later write is lost.
 */
export const VerdictKind = z.enum([
  'free',
  'keep-etcd',
  'etcd-downgrade',
  'restore-with-data-loss',
  'impossible',
]);
export type VerdictKind = z.infer<typeof VerdictKind>;

/** What a person can choose to be done about etcd: it stays, goes back by its own downgrade, or by its snapshot. */
export const EtcdWay = z.enum(['keep', 'downgrade', 'restore']);
export type EtcdWay = z.infer<typeof EtcdWay>;

/** A rollback asked for, complete: what its planner works on. Without `etcd` it is the cheapest way that is open. */
export const RollbackIntent = z.strictObject({
  run: RunId,
  scope: RollbackScope,
  etcd: EtcdWay.optional(),
});
export type RollbackIntent = z.infer<typeof RollbackIntent>;

/** One fact that a verdict rests on. `unknown`: it could not be looked at, and what that means is in `detail`. */
export const VerdictCheck = z.strictObject({
  /** `members`, `storage`, `alpha-objects`, `crds`, `backups`, `packages`, `tools` … */
  code: z.string().regex(/^[a-z0-9-]+$/),
  state: z.enum(['holds', 'fails', 'unknown']),
  /** A whole sentence with what was seen, numbers first. */
  detail: z.string(),
});
export type VerdictCheck = z.infer<typeof VerdictCheck>;

/** What is lost by restoring the snapshot, as far as the API still answers. */
export const Loss = z.strictObject({
  /** The moment of the snapshot, ISO 8601. */
  since: z.string(),
  /** Objects written or created since, by kind: `Deployment`, 12. At most the largest twenty kinds. */
  written: z.array(z.strictObject({ kind: z.string(), count: z.number().int() })),
  /** Kinds that could not be counted and why; empty when all were. */
  uncounted: z.array(z.string()),
});
export type Loss = z.infer<typeof Loss>;

/** How a run can be taken back now, and why in that way. */
export const Verdict = z.strictObject({
  kind: VerdictKind,
  /** Whole sentences, the deciding one first. */
  reasons: z.array(z.string()).min(1),
  checks: z.array(VerdictCheck),
  loss: Loss.optional(),
});
export type Verdict = z.infer<typeof Verdict>;

/** One way back with its own verdict; `impossible` in it means that the way is closed, and its reasons say why. */
export const WayBack = z.strictObject({ etcd: EtcdWay, verdict: Verdict });
export type WayBack = z.infer<typeof WayBack>;

/** All ways back, the cheapest first, and the one that is taken unless another is asked for. */
export const WaysBack = z.strictObject({ preferred: WayBack, ways: z.array(WayBack).min(1) });
export type WaysBack = z.infer<typeof WaysBack>;

/** What a plan is for: an upgrade, or taking a run back. */
export const Purpose = z.discriminatedUnion('kind', [
  /** `drill`: it is taken back when it is through. */
  z.strictObject({ kind: z.literal('upgrade'), drill: DrillPlan.optional() }),
  z.strictObject({
    kind: z.literal('rollback'),
    of: RunId,
    scope: RollbackScope,
    verdict: Verdict,
    /** The second half of a drill. */
    drill: z.literal(true).optional(),
  }),
]);
export type Purpose = z.infer<typeof Purpose>;

/** The way back that the approval of an upgrade covers, too; undefined for whatever is no drill's upgrade. */
export function drillOf({ plan }: { readonly plan: { readonly purpose: Purpose } }): DrillPlan | undefined {
  return plan.purpose.kind === 'upgrade' ? plan.purpose.drill : undefined;
}
