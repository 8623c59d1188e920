import { z } from 'zod';
import { NodeName } from './names.ts';

/** How many nodes: a number, or a share of all workers. */
export const BatchSize = z.union([
  z.number().int().min(1).max(100),
  z.string().regex(/^([1-9]|[1-9][0-9]|100)%$/, 'a whole number of nodes, or a share such as 10%'),
]);
export type BatchSize = z.infer<typeof BatchSize>;

const canary = z.number().int().min(0).max(10);

/** Workers with settings of their own, chosen by labels of their nodes; the first pool that fits a node has it. */
export const Pool = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and dashes'),
  /** All of them must be on the node. */
  selector: z
    .record(z.string(), z.string())
    .refine((labels) => Object.keys(labels).length > 0, { error: 'name at least one label' }),
  /** Pools are taken by this number, then as they stand; nodes of none come at 0, after the pools of that number. */
  order: z.number().int().min(-1_000).max(1_000).default(0),
  batch: BatchSize.optional(),
  canary: canary.optional(),
  /** What of policy.drain is different here. */
  drain: z
    .strictObject({
      timeoutSeconds: z.number().int().min(10).max(86_400).optional(),
      patienceSeconds: z.number().int().min(5).max(86_400).optional(),
      deleteUnmanagedPods: z.boolean().optional(),
      deleteEmptyDirData: z.boolean().optional(),
      gracePeriodSeconds: z.number().int().min(-1).max(3_600).optional(),
    })
    .prefault({}),
});
export type Pool = z.infer<typeof Pool>;

/** How workers are taken. Durations are in seconds. */
export const WorkerPolicy = z.strictObject({
  /** Workers taken alone, before the others, to find out cheaply. */
  canary: canary.default(1),
  batch: BatchSize.default(1),
  /** Nodes of the whole cluster that may be NotReady or cordoned at a time, whoever's doing it is; absent: not counted. */
  maxUnavailable: BatchSize.optional(),
  /** Batches and failure domains; absent: one at a time where every worker says which zone it is in, else ignored. */
  zones: z.enum(['one-at-a-time', 'spread', 'ignore']).optional(),
  /** Between the end of a batch, its soak included, and the next. */
  pauseSeconds: z.number().int().min(0).max(86_400).default(0),
  /** After a batch the workloads whose pods were moved must be as ready as before. */
  soak: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** They are looked at for at least so long. */
      minimumSeconds: z.number().int().min(0).max(86_400).default(0),
      /** Then the run halts. */
      timeoutSeconds: z.number().int().min(10).max(86_400).default(600),
    })
    .prefault({}),
  /** What a worker that fails does to the others. A canary that fails always halts the run: that is what it is for. */
  onFailure: z.enum(['halt', 'quarantine']).default('halt'),
  /** Workers that may be in quarantine; one more that fails halts the run. */
  failureBudget: z.number().int().min(0).max(100).default(1),
  pools: z
    .array(Pool)
    .max(50)
    .refine((pools) => new Set(pools.map(({ name }) => name)).size === pools.length, {
      error: 'each pool needs a name of its own',
    })
    .default([]),
});
export type WorkerPolicy = z.infer<typeof WorkerPolicy>;

const nodeNames = z.array(NodeName).max(1_000).default([]);

/** Nodes that are left out or ordered by hand. */
export const NodeChoice = z
  .strictObject({
    /** Workers that no run touches; every plan says so. */
    exclude: nodeNames,
    /** Workers that are taken before the others of their pool, in this order. */
    first: nodeNames,
    /** And after them. */
    last: nodeNames,
  })
  .refine(
    ({ exclude, first, last }) => {
      const all = [...exclude, ...first, ...last];
      return new Set(all).size === all.length;
    },
    { error: 'a node stands in more than one of the lists' },
  );
export type NodeChoice = z.infer<typeof NodeChoice>;
