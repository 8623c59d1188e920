import type { ChannelId } from '../../domain/names.ts';
import { answer, type Place } from './answer.ts';
import { authorise } from './authorise.ts';
import type { Inbound } from './deps.ts';
import type { Action, CommandPayload, MessageActionPayload, ViewSubmissionPayload } from './payloads.ts';

/**
 * What comes before everything that is asked for, the same for commands, presses and forms: Slack delivers at least once,
 * so the same question is worked on once; and whoever may not ask is told why. Undefined where there is nothing left to do.
 */
async function admit(inbound: Inbound, key: string, place: Place): Promise<Place | undefined> {
  if (!(await isFirst(inbound, key))) return undefined;
  const authorisation = await authorise(inbound, place);
  if (authorisation.status === 'allowed') return place;
  await answer(inbound, place, authorisation.reason);
  return undefined;
}

/** A store that takes nothing more takes no deed either, but people can still be told where things stand. */
async function isFirst({ store, log }: Inbound, key: string): Promise<boolean> {
  try {
    return await store.firstTime(key);
  } catch (error) {
    log.error({ error }, 'what was asked could not be written down as asked');
    return true;
  }
}

export function admitCommand(inbound: Inbound, payload: CommandPayload): Promise<Place | undefined> {
  const { user_id: user, channel_id: channel, response_url: responseUrl } = payload;
  return admit(inbound, `command:${payload.trigger_id}`, { user, channel, responseUrl });
}

/** A press has a trigger of its own, and the same press its time. */
export async function admitPress(
  inbound: Inbound,
  payload: MessageActionPayload,
): Promise<{ readonly pressed: Action; readonly place: Place } | undefined> {
  const [pressed] = payload.actions;
  if (pressed === undefined) return undefined;
  const user = payload.user.id;
  const place = await admit(
    inbound,
    `action:${payload.trigger_id}:${pressed.action_id}:${user}:${pressed.action_ts}`,
    { user, channel: payload.channel.id, responseUrl: payload.response_url },
  );
  return place && { pressed, place };
}

/** A form can be sent once: its id and hash name this sending of it. It knows by itself which channel it is about. */
export function admitForm(
  inbound: Inbound,
  payload: ViewSubmissionPayload,
  channel: ChannelId,
): Promise<Place | undefined> {
  return admit(inbound, `view:${payload.view.id}:${payload.view.hash}`, { user: payload.user.id, channel });
}
