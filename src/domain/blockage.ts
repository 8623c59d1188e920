import { z } from 'zod';
import { Instant, UserId } from './names.ts';

/** A pod by name and uid: a namesake that took its place is another pod. */
const pod = { namespace: z.string(), name: z.string(), uid: z.string() };

/** What owns a pod in the end and can be scaled: the Deployment above its ReplicaSet, a StatefulSet, a bare ReplicaSet. */
export const Workload = z.strictObject({
  kind: z.enum(['Deployment', 'StatefulSet', 'ReplicaSet']),
  namespace: z.string(),
  name: z.string(),
});
export type Workload = z.infer<typeof Workload>;

/** A PodDisruptionBudget with its arithmetic, as its controller counted last (policy/v1 PodDisruptionBudgetStatus). */
export const BudgetState = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  /** As it is written in the budget: `2` or `50%`. */
  minAvailable: z.string().optional(),
  maxUnavailable: z.string().optional(),
  desiredHealthy: z.number().int(),
  currentHealthy: z.number().int(),
  expectedPods: z.number().int(),
  disruptionsAllowed: z.number().int(),
});
export type BudgetState = z.infer<typeof BudgetState>;

export const BlockageReason = z.enum([
  /** A budget forbids the eviction for now. */
  'budget',
  /** More than one budget covers the pod: the API server refuses every eviction (500) until one of them is gone. */
  'several-budgets',
  /** The API server refuses the eviction for another reason: a webhook, no permission. It is not asked again. */
  'refused',
  /** Its eviction was accepted, and it does not end. */
  'terminating',
  /** Its namespace is being deleted, and takes it along when it is. */
  'namespace-terminating',
  /** It is marked to be waited for until it has run to its end. */
  'finishing',
  /** The API server does not answer. */
  'api-silent',
  /** A webhook that has to agree to the eviction cannot be called; it is asked again for a while. */
  'webhook-silent',
]);
export type BlockageReason = z.infer<typeof BlockageReason>;

/** One pod that holds a drain up, with all that a person needs to decide about it. */
export const Blockage = z.strictObject({
  ...pod,
  reason: BlockageReason,
  /** What the API server said, or why it is waited for; a clause without a full stop. */
  message: z.string(),
  /** Since when this pod has been in the way for this reason. */
  since: Instant,
  /** What has to be taken off the pod by whoever put it there before a deletion comes to its end. */
  finalizers: z.array(z.string()).optional(),
  /** The budgets that cover the pod, those that allow nothing first. */
  budgets: z.array(BudgetState),
  /** Who owns it, for people, and where that is written: `label team of the pod`, `the configuration`. */
  owner: z.strictObject({ text: z.string(), source: z.string() }).optional(),
  /** What can be scaled up by one; absent when nothing can. */
  workload: Workload.extend({ replicas: z.number().int() }).optional(),
});
export type Blockage = z.infer<typeof Blockage>;

/** A drain in which nothing has moved for as long as policy is patient. */
export const Standstill = z.strictObject({
  /** In the order in which they matter; never empty. */
  blockages: z.array(Blockage).min(1),
  /** Pods that have left the node since the drain began. */
  moved: z.number().int(),
  /** Pods that are still to leave it, those of `blockages` included. */
  left: z.number().int(),
  /** Why the node itself is not Ready, `not Ready (Kubelet stopped posting node status)`; absent where it is. */
  nodeAway: z.string().optional(),
  /** When something moved last. */
  since: Instant,
  /** When the drain gives up by itself; what people answered is counted in. */
  until: Instant,
});
export type Standstill = z.infer<typeof Standstill>;

const answer = <Kind extends string, Data extends z.ZodRawShape>(kind: Kind, data: Data) =>
  z.strictObject({ kind: z.literal(kind), at: Instant, by: UserId, ...data });

/**
 * What a person decided about a drain that stands still; those that ask for a second person are answers only once both
 * have said so. A drain takes every answer as often as it likes to the same effect: after a crash it reads them all again.
 */
export const Answer = z.discriminatedUnion('kind', [
  /** The drain goes on for at least so many seconds from `at`, and its patience begins anew there. */
  answer('keep-waiting', { seconds: z.number().int().min(1) }),
  /** Deletes the pod past its budget, with its own grace period. A namesake is never deleted. */
  answer('delete-pod', pod),
  /** One replica more for as long as the drain takes. What it had is written on the workload, and put back after it. */
  answer('scale-up', { workload: Workload }),
  /** Ends the drain with what it waits for; the node is left out of the run. */
  answer('skip-node', {}),
  /** Ends the drain with what it waits for; the run then waits for a decision. */
  answer('stop', {}),
]);
export type Answer = z.infer<typeof Answer>;
