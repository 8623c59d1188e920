import { z } from 'zod';
import { AddonCommand } from './addon.ts';
import { NodeName } from './names.ts';

/** Where a gate stands: before the first control plane, before the first worker, or between canaries and batches. */
export const GatePlace = z.enum(['control-plane', 'workers', 'batches']);
export type GatePlace = z.infer<typeof GatePlace>;

const common = {
  /** Stands in step keys and messages. Absent: its place and number. */
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and dashes')
    .optional(),
  before: GatePlace,
  /** A gate that is not open after this long halts the run. */
  timeoutMinutes: z.number().int().min(1).max(10_080).default(1_440),
};
const every = { everySeconds: z.number().int().min(1).max(3_600).default(30) };

/** What has to be so before a run goes on. */
export const Gate = z.discriminatedUnion('kind', [
  /** Approvers say yes again, knowing what has become of the cluster so far. */
  z.strictObject({
    kind: z.literal('approval'),
    ...common,
    needed: z.number().int().min(1).max(5).default(1),
  }),
  /** So many different people of the channel say that what they own is well. */
  z.strictObject({
    kind: z.literal('healthy'),
    ...common,
    needed: z.number().int().min(1).max(20).default(1),
  }),
  /**
   * A command that exits with 0. It runs on a control plane as root, as add-ons do: the bot's own machine holds the keys of
   * all clusters and runs nothing that a configuration names.
   */
  z.strictObject({
    kind: z.literal('command'),
    ...common,
    ...every,
    command: AddonCommand,
    /** Absent: the first control plane by name. */
    node: NodeName.optional(),
  }),
  /** A query that gives at least one sample, and none that is 0 or NaN: `min(up{job="api"}) == 1`. */
  z.strictObject({
    kind: z.literal('promql'),
    ...common,
    ...every,
    query: z.string().min(1).max(4_000),
  }),
]);
export type Gate = z.infer<typeof Gate>;
