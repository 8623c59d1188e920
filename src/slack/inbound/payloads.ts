import { z } from 'zod';
import { ChannelId, UserId } from '../../domain/names.ts';

/**
 * The parts of Slack's payloads that the bot reads, checked at the door. Slack adds fields at will, so these are loose
 * objects; what is read must look as it should.
 */

const TriggerId = z.string().min(1).max(255);
/** The second way to answer: a payload without one, or with one that is none, is worth answering all the same. */
const OptionalResponseUrl = z.url().max(2_000).optional().catch(undefined);
/** Texts and flags that are not set are left out by Slack, or null. */
const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

export const CommandPayload = z.object({
  command: z.string().max(80),
  text: Text,
  user_id: UserId,
  channel_id: ChannelId,
  trigger_id: TriggerId,
  response_url: OptionalResponseUrl,
});
export type CommandPayload = z.infer<typeof CommandPayload>;

const Option = z.object({ value: z.string().max(150) });

export const Action = z.object({
  action_id: z.string().max(255),
  block_id: z.string().max(255).default(''),
  action_ts: z.string().max(40).default(''),
  value: z
    .string()
    .max(2_000)
    .nullish()
    .transform((value) => value ?? undefined),
  selected_option: Option.nullish(),
});
export type Action = z.infer<typeof Action>;

/** A press in a message. `message_ts` is the message that carries the button. */
export const MessageActionPayload = z.object({
  user: z.object({ id: UserId }),
  trigger_id: TriggerId,
  response_url: OptionalResponseUrl,
  channel: z.object({ id: ChannelId }),
  container: z.object({
    message_ts: z.string().max(40),
    is_ephemeral: z.boolean().nullish(),
  }),
  actions: z.array(Action).min(1),
});
export type MessageActionPayload = z.infer<typeof MessageActionPayload>;

/** A press in a modal. */
export const ViewActionPayload = z.object({
  user: z.object({ id: UserId }),
  trigger_id: TriggerId,
  view: z.object({ id: z.string().max(40), private_metadata: z.string().max(3_000).default('') }),
  actions: z.array(Action).min(1),
});
export type ViewActionPayload = z.infer<typeof ViewActionPayload>;

const StateValue = z.looseObject({
  selected_option: Option.nullish(),
  selected_user: UserId.nullish(),
  value: z.string().max(3_000).nullish(),
});

export const ViewSubmissionPayload = z.object({
  user: z.object({ id: UserId }),
  trigger_id: TriggerId.optional(),
  view: z.object({
    id: z.string().max(40),
    hash: z.string().max(80).default(''),
    private_metadata: z.string().max(3_000).default(''),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), StateValue)) }),
  }),
});
export type ViewSubmissionPayload = z.infer<typeof ViewSubmissionPayload>;

export const HomeOpenedPayload = z.object({
  event: z.object({ user: UserId, tab: z.string().default('home') }),
});

/** A payload that can be answered without knowing more of it. */
export const Answerable = z.object({ response_url: z.url().max(2_000) });

/** Where a payload comes from: who sent it must be checked before anything else of it is believed. */
export const Origin = z.looseObject({
  api_app_id: z.string().optional(),
  team_id: z.string().nullish(),
  team: z.object({ id: z.string() }).nullish(),
  enterprise_id: z.string().nullish(),
  enterprise: z.object({ id: z.string() }).nullish(),
  is_enterprise_install: z.union([z.boolean(), z.string()]).nullish(),
});
export type Origin = z.infer<typeof Origin>;
