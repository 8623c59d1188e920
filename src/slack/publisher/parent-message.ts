import type { Message, PostOutcome } from '../../ports/messenger.ts';
import { toMessage } from '../blocks/to-message.ts';
import type { Card } from '../projection/card.ts';
import type { Shared } from './deps.ts';
import { remedyFor } from './refusals.ts';

/**
 * Sends a card and, where Slack does not like its blocks, a simpler form of it: without `plan` blocks (and from then on
 * for the whole workspace), then only what cannot be left out.
 */
export async function sendCard(
  shared: Shared,
  card: Card,
  send: (message: Message) => Promise<PostOutcome>,
): Promise<PostOutcome> {
  const { log } = shared.deps;
  const refusesContent = (outcome: PostOutcome) =>
    outcome.status === 'refused' && remedyFor(outcome.error) === 'simplify';

  if (shared.rich && card.parts.some((part) => part.kind === 'tasks')) {
    const outcome = await send(toMessage(card, { rich: true }));
    if (!refusesContent(outcome)) return outcome;
    shared.rich = false;
    log.info({}, 'the workspace refuses plan blocks, falling back to sections for good');
  }
  const outcome = await send(toMessage(card, { rich: false }));
  if (!refusesContent(outcome)) return outcome;
  log.error({ outcome }, 'slack refuses a message even without plan blocks');
  return send(toMessage(lean(card), { rich: false }));
}

/** The first lines and the buttons, with a word about the rest. */
function lean(card: Card): Card {
  const first = card.parts.find((part) => part.kind === 'text');
  const last = card.parts.findLast((part) => part.kind === 'buttons');
  return {
    sentence: card.sentence,
    parts: [
      ...(first === undefined ? [] : [first]),
      { kind: 'fine', text: 'Slack did not take the whole of this message; Details has everything.' },
      ...(last === undefined ? [] : [last]),
    ],
  };
}
