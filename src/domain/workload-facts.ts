import { z } from 'zod';
import { NodeName } from './names.ts';

/** What pods ask for, or a node has. */
export const Amounts = z.strictObject({
  cpuMillis: z.number(),
  memoryBytes: z.number(),
  pods: z.number().int(),
});
export type Amounts = z.infer<typeof Amounts>;

export const Taint = z.strictObject({ key: z.string(), value: z.string(), effect: z.string() });
export type Taint = z.infer<typeof Taint>;

/** core/v1 Toleration; an empty key with Exists tolerates everything. */
export const Toleration = z.strictObject({
  key: z.string(),
  operator: z.string(),
  value: z.string(),
  /** Empty: every effect. */
  effect: z.string(),
});
export type Toleration = z.infer<typeof Toleration>;

/** core/v1 NodeSelectorRequirement: In, NotIn, Exists, DoesNotExist, Gt, Lt. */
export const NodeRequirement = z.strictObject({
  key: z.string(),
  operator: z.string(),
  values: z.array(z.string()),
});
export type NodeRequirement = z.infer<typeof NodeRequirement>;

/** Where a pod may run: its node selector, its required node affinity (any of the terms) and what it tolerates. */
export const Placement = z.strictObject({
  nodeSelector: z.record(z.string(), z.string()),
  /** Requirements on labels, term by term; none: no affinity is required. */
  affinity: z.array(z.array(NodeRequirement)),
  tolerations: z.array(Toleration),
});
export type Placement = z.infer<typeof Placement>;

/** What a drain of a node would have to place elsewhere, of pods with one and the same placement. */
export const Demand = z.strictObject({
  /** Index into Snapshot.placements. */
  placement: z.number().int(),
  total: Amounts,
  /** The largest of them, one by one: it has to fit somewhere as a whole. */
  largest: Amounts,
});
export type Demand = z.infer<typeof Demand>;

/** Room and demand of one node. */
export const NodeRoom = z.strictObject({
  allocatable: Amounts,
  /** Requests of all pods that are on the node and have not finished. */
  requested: Amounts,
  demand: z.array(Demand),
});
export type NodeRoom = z.infer<typeof NodeRoom>;

/** A pod that keeps data on its node. */
export const LocalVolume = z.strictObject({
  pod: z.string(),
  kind: z.enum(['host-path', 'local-volume']),
  /** The path, or the persistent volume. */
  what: z.string(),
});
export type LocalVolume = z.infer<typeof LocalVolume>;

/** A pod that more than one budget selects: the eviction API answers 500 for it. */
export const OverlappingBudgets = z.strictObject({
  pod: z.string(),
  node: NodeName,
  budgets: z.array(z.string()).min(2),
});
export type OverlappingBudgets = z.infer<typeof OverlappingBudgets>;

/** An image that runs on nodes as part of a DaemonSet or of the control plane, and how many pods of it there are. */
export const RunningImage = z.strictObject({
  image: z.string(),
  workload: z.string(),
  pods: z.number().int(),
});
export type RunningImage = z.infer<typeof RunningImage>;

/** A firing alert, as Prometheus has it. */
export const FiringAlert = z.strictObject({
  name: z.string(),
  severity: z.string(),
  labels: z.record(z.string(), z.string()),
  /** How many series of that name and severity fire. */
  count: z.number().int(),
});
export type FiringAlert = z.infer<typeof FiringAlert>;

/** What became of a check of the configuration's own. */
export const CustomCheckResult = z.strictObject({
  name: z.string(),
  outcome: z.enum(['fine', 'failed', 'unknown']),
  /** The last words of the command, or what the query gave. */
  said: z.string(),
});
export type CustomCheckResult = z.infer<typeof CustomCheckResult>;
