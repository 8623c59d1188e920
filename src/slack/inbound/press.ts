import type { z } from 'zod';
import type { Place } from './answer.ts';
import type { Inbound } from './deps.ts';
import type { Action, MessageActionPayload } from './payloads.ts';

/** To a button that says nothing that is known. */
export const unknownButton =
  'I do not know this button, so nothing was done. `/k8s-upgrade runs` lists what there is.';

export function placeOf(payload: MessageActionPayload): Place {
  return { user: payload.user.id, channel: payload.channel.id, responseUrl: payload.response_url };
}

/** Slack delivers at least once: a press has a trigger of its own, and the same press its time. */
export async function isFirst(
  inbound: Inbound,
  payload: MessageActionPayload,
  pressed: Action,
): Promise<boolean> {
  const key = `action:${payload.trigger_id}:${pressed.action_id}:${payload.user.id}:${pressed.action_ts}`;
  return inbound.store.firstTime(key);
}

/** What a form was opened for; undefined for what the bot did not write. */
export function metadataOf<S extends z.ZodType>(schema: S, metadata: string): z.infer<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

export const formIsOld = 'This form is too old, so nothing was done. Please open it again.';
