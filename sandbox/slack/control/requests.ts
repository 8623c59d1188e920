import { z } from 'zod';

import { RateLimits } from '../options.ts';
import { CallFault, Switches } from '../state/faults.ts';

const Choice = z.union([z.string(), z.array(z.string())]);

export const Where = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('message'), channel: z.string(), ts: z.string() }),
  z.strictObject({ kind: z.literal('modal'), view: z.string().optional() }),
  z.strictObject({ kind: z.literal('home') }),
]);

/** Everyone who acts or reads says as whom: a handle or a user id. */
const as = z.string();

export const CommandRequest = z.strictObject({
  as,
  channel: z.string(),
  /** The whole line, from the slash on. */
  line: z.string().max(12_000),
  inThread: z.boolean().default(false),
});

export const SayRequest = z.strictObject({
  as,
  channel: z.string(),
  text: z.string().min(1).max(12_000),
  threadTs: z.string().optional(),
});

export const ActRequest = z.strictObject({
  as,
  where: Where,
  actionId: z.string(),
  blockId: z.string().optional(),
  choice: Choice.optional(),
  confirm: z.boolean().optional(),
});

export const ForgeRequest = z.strictObject({
  as,
  where: Where,
  action: z.record(z.string(), z.unknown()),
  fields: z.record(z.string(), z.unknown()).optional(),
});

export const SubmitRequest = z.strictObject({
  as,
  view: z.string().optional(),
  answers: z.record(z.string(), Choice).default({}),
});

export const CloseRequest = z.strictObject({ as, view: z.string().optional() });

export const SuggestRequest = z.strictObject({
  as,
  where: Where,
  actionId: z.string(),
  blockId: z.string(),
  value: z.string(),
});

export const AsRequest = z.strictObject({ as });

const Pattern = z.string().refine(isPattern, 'not a regular expression');

/** What to wait for; every condition that is given must hold. `matches` is a regular expression. */
export const Awaited = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('message'),
    channel: z.string(),
    text: z.string().optional(),
    matches: Pattern.optional(),
    /** A message that offers this action. */
    actionId: z.string().optional(),
    /** Replies of this parent; without it, top-level messages and all replies. */
    threadTs: z.string().optional(),
    ts: z.string().optional(),
    ephemeral: z.boolean().optional(),
    /** Only messages newer than this ts. */
    after: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('modal'),
    text: z.string().optional(),
    matches: Pattern.optional(),
    callbackId: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('home'),
    text: z.string().optional(),
    matches: Pattern.optional(),
  }),
  z.strictObject({ kind: z.literal('no-modal') }),
  z.strictObject({ kind: z.literal('sockets'), count: z.int().min(0) }),
]);
export type Awaited = z.input<typeof Awaited>;

export const WaitRequest = z.strictObject({
  as,
  for: Awaited,
  timeoutMs: z.int().min(0).max(600_000).default(10_000),
});

export const FaultRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('switch'), switches: Switches.partial() }),
  z.strictObject({ kind: z.literal('next-call'), fault: CallFault }),
  z.strictObject({
    kind: z.literal('disconnect'),
    reason: z.enum(['warning', 'refresh_requested', 'link_disabled']).default('refresh_requested'),
  }),
  z.strictObject({ kind: z.literal('drop-sockets') }),
  z.strictObject({ kind: z.literal('rate-limits'), limits: RateLimits }),
  z.strictObject({ kind: z.literal('clear') }),
]);
export type FaultRequest = z.input<typeof FaultRequest>;

export const MembershipRequest = z.strictObject({
  channel: z.string(),
  /** A handle; the app's bot goes by its own. */
  user: z.string(),
  member: z.boolean(),
});

export const GroupRequest = z.strictObject({ group: z.string(), members: z.array(z.string()) });

export const PanelActRequest = z.strictObject({
  panel: z.string(),
  name: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'mu') instanceof RegExp;
  } catch {
    return false;
  }
}
