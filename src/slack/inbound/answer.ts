import type { ChannelId, UserId } from '../../domain/names.ts';
import type { Message } from '../../ports/messenger.ts';
import { toMessage } from '../blocks/to-message.ts';
import { type Card, text } from '../projection/card.ts';
import type { Inbound } from './deps.ts';

/** Where an answer goes: to one person, in the channel where they asked. */
export interface Place {
  readonly user: UserId;
  readonly channel: ChannelId;
  readonly responseUrl?: string | undefined;
}

/**
 * Answers one person, visible to nobody else. Through the channel first; where the bot is not in the channel, through
 * the response URL that came with the question. An answer that cannot be given is logged: nothing waits for it.
 */
export async function answer(inbound: Inbound, place: Place, said: Card | string): Promise<void> {
  const message: Message = toMessage(typeof said === 'string' ? sentence(said) : said, { rich: false });
  const outcome = await inbound.messenger.postEphemeral(place.channel, place.user, message);
  if (outcome.status === 'posted') return;
  if (place.responseUrl !== undefined && (await inbound.respond(place.responseUrl, message))) return;
  inbound.log.warn({ outcome: outcome.status }, 'an answer to one person could not be given');
}

/** A card of one sentence (mrkdwn). */
export function sentence(of: string): Card {
  return { sentence: withoutMarkup(of), parts: [text(of)] };
}

/** Backticks and stars mean nothing where only the text is shown. */
function withoutMarkup(of: string): string {
  return of.replaceAll(/[*`]/g, '');
}
