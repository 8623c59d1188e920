import { z } from 'zod';
import type { Panel } from './control/panels.ts';
import type { Clock } from './state/model.ts';

/** A person of the workspace. */
export const UserSeed = z.strictObject({
  handle: z.string().regex(/^[a-z][a-z0-9._-]*$/),
  name: z.string().optional(),
  id: z.string().optional(),
  timeZone: z.string().default('Europe/Berlin'),
  /** Shown on the page beside the name. */
  role: z.string().default(''),
  kind: z
    .enum(['member', 'guest', 'single-channel-guest', 'stranger', 'bot', 'deactivated'])
    .default('member'),
});

export const ChannelSeed = z.strictObject({
  name: z.string().regex(/^[a-z0-9_-]{1,80}$/),
  id: z.string().optional(),
  topic: z.string().default(''),
  private: z.boolean().default(false),
  shared: z.enum(['no', 'external', 'pending']).default('no'),
  archived: z.boolean().default(false),
  /** Handles; all members (no guests, strangers or bots) if left out. */
  members: z.array(z.string()).optional(),
  /** Whether the app's bot is in the channel. */
  bot: z.boolean().default(false),
});

export const UserGroupSeed = z.strictObject({
  handle: z.string(),
  name: z.string().optional(),
  id: z.string().optional(),
  members: z.array(z.string()),
  disabled: z.boolean().default(false),
});

/** `slack`: Slack's published limits; `{scale: 10}`: ten times as many calls; `off`: none. */
export const RateLimits = z.union([
  z.enum(['slack', 'off']),
  z.strictObject({ scale: z.number().positive() }),
]);
export type RateLimits = z.infer<typeof RateLimits>;

export const WorkspaceOptions = z.strictObject({
  /** TCP port on loopback; 0 (the default) lets the system choose. */
  port: z.int().min(0).max(65_535).default(0),
  team: z
    .strictObject({ id: z.string(), name: z.string(), domain: z.string() })
    .default({ id: 'T00000ACME', name: 'Acme', domain: 'acme' }),
  users: z.array(UserSeed).default(() => z.array(UserSeed).parse(defaultUsers)),
  channels: z.array(ChannelSeed).default(() => z.array(ChannelSeed).parse(defaultChannels)),
  userGroups: z.array(UserGroupSeed).default(() => z.array(UserGroupSeed).parse(defaultUserGroups)),
  /** The app's manifest, parsed; without one every scope and command is granted. */
  appManifest: z.unknown().optional(),
  rateLimits: RateLimits.default('slack'),
  panels: z.array(z.custom<Panel>()).default([]),
  /** Leave nothing on disk: the page is built in memory instead of being kept in .cache. */
  stateless: z.boolean().default(false),
  clock: z.custom<Clock>().default({ now: () => Date.now() }),
});
export type WorkspaceOptions = z.input<typeof WorkspaceOptions>;
export type WorkspaceSettings = z.output<typeof WorkspaceOptions>;

type Input<S extends z.ZodType> = z.input<S>;

export const defaultUsers: readonly Input<typeof UserSeed>[] = [
  { handle: 'dana', role: 'on call, asks for upgrades' },
  { handle: 'amir', role: 'may approve' },
  { handle: 'li', role: 'may approve', timeZone: 'Asia/Singapore' },
  { handle: 'sam', role: 'may not approve', timeZone: 'America/New_York' },
  { handle: 'gil', role: 'guest', kind: 'guest' },
  { handle: 'noor', role: 'of another company', kind: 'stranger' },
];

export const defaultChannels: readonly Input<typeof ChannelSeed>[] = [
  {
    name: 'prod-eu-ops',
    topic: 'Operations of prod-eu',
    bot: true,
    members: ['dana', 'amir', 'li', 'sam', 'gil'],
  },
  { name: 'staging-ops', topic: 'Operations of the staging clusters', bot: true },
  { name: 'inc-2231', topic: 'Checkout errors in the EU', bot: true },
  {
    name: 'ext-hosting',
    topic: 'Shared with the hosting company',
    bot: true,
    shared: 'external',
    members: ['dana', 'amir', 'li', 'noor'],
  },
  { name: 'general', topic: 'Everyone at Acme', members: ['dana', 'amir', 'li', 'sam', 'gil'] },
];

export const defaultUserGroups: readonly Input<typeof UserGroupSeed>[] = [
  { handle: 'k8s-approvers', name: 'Kubernetes approvers', members: ['amir', 'li'] },
  { handle: 'pay-oncall', name: 'Payments on call', members: ['sam'] },
];
