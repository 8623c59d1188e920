import { z } from 'zod';
import { RunId } from './names.ts';

/** The ways back that a drill may take by itself. Losing data is never practised, and nothing that is impossible. */
export const DrillVerdict = z.enum(['free', 'keep-etcd', 'etcd-downgrade']);
export type DrillVerdict = z.infer<typeof DrillVerdict>;

/** What is to become of etcd on the way back of a drill: it stays, or goes back by its own downgrade because somebody asked. */
export const DrillEtcd = z.enum(['keep', 'downgrade']);
export type DrillEtcd = z.infer<typeof DrillEtcd>;

/**
 * The way back that an upgrade's approval covers, too. It stands in the upgrade's plan, so its digest covers it. The way
 * back itself is planned when the upgrade is through, from the cluster as it is then.
 */
export const DrillPlan = z.strictObject({
  etcd: DrillEtcd,
  /** As the plan sees it beforehand; another one of those that are allowed goes, too. */
  expects: DrillVerdict,
  /** Of the way back. */
  estimateSeconds: z.number().int(),
});
export type DrillPlan = z.infer<typeof DrillPlan>;

/** The verdicts with which the way back of a drill begins by itself. */
export function allowedVerdicts({ etcd }: Pick<DrillPlan, 'etcd'>): readonly DrillVerdict[] {
  return etcd === 'keep' ? ['free', 'keep-etcd'] : ['free', 'etcd-downgrade'];
}

/** How a drill ended. `stopped`: the way back was not taken by itself, or not to its end; people see to the rest. */
export const DrillReport = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('proven'),
    /** The rollback. */
    run: RunId,
    verdict: DrillVerdict,
    /** What each direction took, waits for people included. */
    thereSeconds: z.number().int(),
    backSeconds: z.number().int(),
    /** Clauses: what is not as it was before; absent where it could not be looked at. */
    differences: z.array(z.string()).optional(),
  }),
  z.strictObject({
    outcome: z.literal('stopped'),
    /** A whole sentence. */
    reason: z.string(),
    /** The rollback, where there is one. */
    run: RunId.optional(),
  }),
]);
export type DrillReport = z.infer<typeof DrillReport>;
