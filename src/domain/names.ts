import { z } from 'zod';

/** The configured name of a cluster; people type it, so it is short and has no characters that chat would mangle. */
export const ClusterName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and dashes, at most 40')
  .brand<'ClusterName'>();
export type ClusterName = z.infer<typeof ClusterName>;

/**
 * The name of a Node object: an RFC 1123 subdomain (Kubernetes: "DNS Subdomain Names"). Validated because names reach
 * command lines, file names and Slack messages.
 */
export const NodeName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, 'not a DNS subdomain name')
  .brand<'NodeName'>();
export type NodeName = z.infer<typeof NodeName>;

/** A run's identifier: six characters that can be read aloud and typed on a phone (no 0/o, 1/i/l). */
export const RunId = z
  .string()
  .regex(/^[a-hjkmnp-z2-9]{6}$/)
  .brand<'RunId'>();
export type RunId = z.infer<typeof RunId>;

/** A step's key, deterministic for a plan: `v1.34.9/cp-2/drain-node`. */
export const StepKey = z
  .string()
  .regex(/^[a-z0-9.-]+(\/[a-z0-9.-]+){1,3}$/)
  .brand<'StepKey'>();
export type StepKey = z.infer<typeof StepKey>;

/** SHA-256 of a plan's canonical form, in lower-case hex. Approvals are bound to it. */
export const PlanDigest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'PlanDigest'>();
export type PlanDigest = z.infer<typeof PlanDigest>;

/** A Slack user id. */
export const UserId = z
  .string()
  .regex(/^[UW][A-Z0-9]{2,20}$/, 'a user id such as U0123ABCD')
  .brand<'UserId'>();
export type UserId = z.infer<typeof UserId>;

/** A Slack user group id. */
export const UserGroupId = z
  .string()
  .regex(/^S[A-Z0-9]{2,20}$/, 'a user group id such as S0123ABCD')
  .brand<'UserGroupId'>();
export type UserGroupId = z.infer<typeof UserGroupId>;

/** A Slack conversation id: a channel, a private channel or a direct message. */
export const ChannelId = z
  .string()
  .regex(/^[CGD][A-Z0-9]{2,20}$/, 'a channel id such as C0123ABCD')
  .brand<'ChannelId'>();
export type ChannelId = z.infer<typeof ChannelId>;

/** A moment as an ISO 8601 string in UTC, the one form that is stored and compared. */
export const Instant = z.iso.datetime({ precision: 3 }).brand<'Instant'>();
export type Instant = z.infer<typeof Instant>;

/** The Instant of a count of milliseconds since the epoch. */
export function instant(epochMs: number): Instant {
  return new Date(epochMs).toISOString() as Instant;
}

const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A fresh run id from some random bytes (at least 6). */
export function runIdFrom(bytes: Uint8Array): RunId {
  return RunId.parse(Array.from(bytes.subarray(0, 6), (byte) => alphabet[byte % alphabet.length]).join(''));
}
