import type { Message, PostOutcome } from '../../ports/messenger.ts';
import { toMessage } from '../blocks/to-message.ts';
import type { Card } from '../projection/card.ts';
import { answer, type Place } from './answer.ts';
import type { Inbound } from './deps.ts';

/** Slack says after how long it wants to hear from us again; nobody waits longer than this for a report. */
const longestHoldMs = 30_000;
const tries = 4;

/**
 * A message in a channel that belongs to one piece of work: shown, edited in place, ended. Where the bot may not post,
 * what it ends with is told to the one who asked.
 */
export interface OwnMessage {
  /** Posts it, or edits it. What does not get through is let go: the next one says more. */
  show(card: Card): Promise<void>;
  /** What it says in the end; tried again where Slack asks for patience. */
  end(card: Card): Promise<void>;
  /** What is only for the one who asked; a message that is there already must not stand still, and says it, too. */
  endQuietly(card: Card): Promise<void>;
  /** Puts a text file into its thread. */
  attach(file: { name: string; title: string; content: string }): Promise<void>;
}

/** @param shown is told where it was posted, before anything else is done to it */
export function createOwnMessage(
  inbound: Inbound,
  place: Place,
  shown: (ts: string) => Promise<void> = async () => undefined,
): OwnMessage {
  const { messenger, clock, log } = inbound;
  let ts: string | undefined;

  async function send(message: Message): Promise<PostOutcome> {
    const outcome =
      ts === undefined
        ? await messenger.post(place.channel, message)
        : await messenger.update(place.channel, ts, message);
    if (outcome.status === 'posted' && ts === undefined) {
      ts = outcome.ts;
      await shown(ts);
    }
    return outcome;
  }

  async function end(card: Card): Promise<void> {
    const message = toMessage(card, { rich: false });
    for (let turn = 1; turn <= tries; turn += 1) {
      const outcome = await send(message);
      if (outcome.status === 'posted') return;
      if (outcome.status === 'refused') {
        if (ts === undefined) break;
        // Deleted, or not to be edited: what it ends with is for the channel all the same.
        ts = undefined;
        continue;
      }
      const waitMs = outcome.status === 'rate-limited' ? outcome.retryAfterMs : 1_000 * turn;
      await clock.sleep(Math.min(longestHoldMs, waitMs));
    }
    await answer(inbound, place, card);
  }

  return {
    async show(card) {
      await send(toMessage(card, { rich: false }));
    },
    end,
    endQuietly: (card) => (ts === undefined ? answer(inbound, place, card) : end(card)),
    async attach(file) {
      if (ts === undefined) return;
      const outcome = await messenger.uploadFile(place.channel, ts, file);
      if (outcome.status === 'uploaded') return;
      log.warn({ outcome, file: file.name }, 'a file could not be put into a thread');
      const why =
        outcome.status === 'refused' ? ` (${outcome.error}); the app needs the scope files:write` : '';
      await answer(inbound, place, `Slack did not take the file with the whole list${why}.`);
    },
  };
}
