import { z } from 'zod';
import { NodeName, RunId, StepKey } from './names.ts';
import { Loss } from './rollback.ts';

/** Something that could not be looked at, and why; a clause without a full stop. */
const Unknown = z.strictObject({ state: z.literal('unknown'), why: z.string() });
export type Unknown = z.infer<typeof Unknown>;

const known = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.discriminatedUnion('state', [Unknown, z.strictObject({ state: z.literal('known'), ...shape })]);

/** A backup of the run as it lies there now, not as it was recorded. */
export const ObservedBackup = z.strictObject({
  run: RunId,
  step: StepKey,
  kind: z.enum(['etcd-snapshot', 'node-files', 'config-maps']),
  path: z.string(),
  /** As it was sealed. */
  sha256: z.string(),
  takenAt: z.string(),
  /** `changed`: there, but no longer what was sealed. `unreadable`: the bot may not read it, or its disk fails. */
  state: z.enum(['intact', 'missing', 'changed', 'unreadable']),
});
export type ObservedBackup = z.infer<typeof ObservedBackup>;

/** A kind of object that API servers themselves define, with the version in which they write it. */
export const StoredKind = z.strictObject({
  /** Empty for the core group. */
  group: z.string(),
  resource: z.string(),
  kind: z.string(),
  /** `v1`, `v1beta2`; absent where the API server's hash fits none of the versions that it serves. */
  storedAs: z.string().optional(),
});
export type StoredKind = z.infer<typeof StoredKind>;

/** What a control plane has to handle etcd's data with. */
export const EtcdTools = z.strictObject({
  node: NodeName,
  /** Minors of etcd for which something on the machine restores a snapshot, `3.5`. */
  restores: z.array(z.string()),
  /** The version of the etcdctl beside the running etcd, without a v. */
  etcdctl: z.string().optional(),
  /** Why it could not be found out. */
  why: z.string().optional(),
});
export type EtcdTools = z.infer<typeof EtcdTools>;

/** What a verdict rests on beyond the snapshot. Whatever could not be looked at is unknown, never a guess. */
export const RollbackFacts = z.strictObject({
  /** Kinds that the newest API server stores. */
  stored: known({ kinds: z.array(StoredKind) }),
  /** Objects in etcd by resource, as in its keys: `ipaddresses`, `resource.k8s.io/resourceclaims` … */
  objects: known({ counts: z.record(z.string(), z.number().int()) }),
  tools: z.array(EtcdTools),
  /** Minors of etcd for which the configuration names an etcdutl on the bot's machine. */
  etcdutlAtHand: z.array(z.string()),
  /** What restoring the run's snapshot would lose. */
  loss: known({ loss: Loss }),
});
export type RollbackFacts = z.infer<typeof RollbackFacts>;
