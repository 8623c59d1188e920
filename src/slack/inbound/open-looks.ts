import { randomUUID } from 'node:crypto';
import { instant } from '../../domain/names.ts';
import type { OpenLook } from '../../ports/look-store.ts';
import { toMessage } from '../blocks/to-message.ts';
import { type Card, text } from '../projection/card.ts';
import { mention } from '../projection/people.ts';
import { code } from '../text/untrusted.ts';
import { type Place, sentence } from './answer.ts';
import type { Inbound } from './deps.ts';

/** Slack may be away when the bot starts; what is not told by then is told at the next start. */
const tries = 10;
const betweenTriesMs = 30_000;

/**
 * Writes down that somebody waits for a look, for as long as the work takes. Should the process die meanwhile, its
 * successor says so (`endCutLooks`). The work goes on where nothing can be written down: it is only the note that is lost.
 * @param work `shown` is to be called once the look has a message of its own
 */
export async function whileNoted(
  inbound: Pick<Inbound, 'store' | 'clock' | 'log'>,
  place: Place,
  about: { what: string; again: string },
  work: (shown: (ts: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const { store, clock, log } = inbound;
  const id = randomUUID();
  const note = (writing: Promise<void>): Promise<void> =>
    writing.catch((error: unknown) => log.warn({ error }, 'a look under way could not be noted'));
  const { channel, user } = place;
  await note(store.beginLook({ id, channel, user, ...about, since: instant(clock.now()) }));
  try {
    await work((ts) => note(store.lookShownAt(id, ts)));
  } finally {
    await note(store.endLook(id));
  }
}

/**
 * Ends what the process before left behind: the message of a look says that it was cut off, and where there is none the
 * person is told. Twice is harmless, so a look is forgotten only after that. @returns when all are told, or given up on
 */
export async function endCutLooks(
  inbound: Pick<Inbound, 'store' | 'clock' | 'log' | 'messenger' | 'respond'>,
  looks: readonly OpenLook[],
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, log, messenger } = inbound;
  let left = looks;
  for (let turn = 1; left.length > 0 && turn <= tries && !signal.aborted; turn += 1) {
    if (turn > 1) await clock.sleep(betweenTriesMs, signal);
    const untold: OpenLook[] = [];
    for (const look of left) {
      if (signal.aborted) return;
      const message = toMessage(cutCard(look), { rich: false });
      const outcome =
        look.ts === undefined
          ? await messenger.postEphemeral(look.channel, look.user, message)
          : await messenger.update(look.channel, look.ts, message);
      // Refused for good: the message or the channel is gone.
      if (outcome.status === 'posted' || outcome.status === 'refused') await store.endLook(look.id);
      else untold.push(look);
    }
    left = untold;
  }
  if (left.length > 0) log.warn({ looks: left.length }, 'looks that were cut off could not be told of yet');
}

function cutCard({ what, again, user, ts }: OpenLook): Card {
  const said = `I was restarted while I looked at ${what}; nothing was changed. Ask again: ${code(again)}`;
  // In the channel it must be clear whose it was; to one person it is.
  return ts === undefined
    ? sentence(said)
    : { ...sentence(said), parts: [text(`🩺 For ${mention(user)}: ${said}`)] };
}
