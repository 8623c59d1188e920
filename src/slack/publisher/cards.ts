import type { Message, PostOutcome } from '../../ports/messenger.ts';
import type { Telling } from '../../ports/run-store.ts';
import { toMessage } from '../blocks/to-message.ts';
import type { Chronicle } from '../projection/chronicle.ts';
import type { Chunk } from '../projection/chunks.ts';
import { cardKey, openCards, type ThreadCard, threadCard } from '../projection/thread-cards.ts';
import type { WaitRef } from '../wait-buttons.ts';
import type { Shared } from './deps.ts';
import { contextFor, type Manuscript, withCards } from './manuscript.ts';
import type { Next } from './next.ts';
import { sendCard } from './parent-message.ts';
import { remedyFor } from './refusals.ts';
import { longEnoughMs } from './succession.ts';

/** Messages of a run's thread that are edited until what they are about is over. */
export interface Cards {
  /** The card to edit next, and when; undefined when all show what they should. */
  due(
    current: Manuscript,
    now: number,
    flushing: boolean,
  ): { readonly waitMs: number; edit(): Promise<Next> } | undefined;
  /** Whether a card still asks for something that is over. */
  hasEnding(current: Manuscript): boolean;
  /** A card that should be in the thread and is not: somebody deleted it, or the thread is a new one. */
  missing(current: Manuscript): Chunk | undefined;
  /** How a chunk is posted: as the card that it is, or as the text of its lines. */
  posting(current: Manuscript, chunk: Chunk): Posting;
}

interface Posting {
  /** It was a card, and what it was about is over: nobody has to be called any more. */
  readonly isLate: boolean;
  send(lines: Message, post: (message: Message) => Promise<PostOutcome>): Promise<PostOutcome>;
  /** What is to be remembered of it: its key → its ts. */
  kept(ts: string): Readonly<Record<string, string>>;
}

/** The run can be ahead of what was read of its events: a wait that was not read of yet gets its card with its line. */
function isRead({ blocked, waits }: Chronicle, { step, since }: WaitRef): boolean {
  const open = blocked.get(step)?.since === since;
  return open || waits.some((wait) => wait.step === step && wait.since === since);
}

export function createCards(
  shared: Shared,
  teller: {
    keep(telling: Telling): Promise<Next>;
    setBack(outcome: Exclude<PostOutcome, { status: 'posted' }>): Next;
  },
): Cards {
  const { deps, pace, pacer, time } = shared;
  /** What each shows, and since when. */
  const shown = new Map<string, { readonly content: string; readonly at: number }>();
  /** When each was last found gone. */
  const lost = new Map<string, number>();

  const drawn = (current: Manuscript, key: string): ThreadCard | undefined =>
    threadCard(current.run, key, current.chronicle, contextFor(deps, current.run, {}));
  const contentOf = ({ card }: ThreadCard): string => JSON.stringify(toMessage(card, { rich: false }));
  const without = (telling: Telling, key: string): Telling => {
    const { cards: { [key]: _, ...others } = {}, ...rest } = telling;
    shown.delete(key);
    return { ...rest, ...withCards(others) };
  };

  async function edit(current: Manuscript, key: string, ts: string, drawing: ThreadCard): Promise<Next> {
    const { telling } = current;
    const outcome = await sendCard(shared, drawing.card, (message) => {
      pacer.edited(time());
      return deps.messenger.update(telling.channel, ts, message);
    });
    if (outcome.status === 'posted') {
      shown.set(key, { content: contentOf(drawing), at: time() });
      // Over, and shown to be: nothing of it is edited again.
      return drawing.isOver ? teller.keep(without(telling, key)) : { status: 'again', inMs: 0 };
    }
    const isGone = outcome.status === 'refused' && remedyFor(outcome.error) === 'post-anew';
    if (!isGone) return teller.setBack(outcome);
    const before = lost.get(key);
    lost.set(key, time());
    if (before === undefined || drawing.isOver || time() - before >= longEnoughMs) {
      return teller.keep(without(telling, key));
    }
    // A workspace that lets nothing be edited: a new card for every edit would bury the thread.
    shown.set(key, { content: contentOf(drawing), at: time() });
    return { status: 'again', inMs: 0 };
  }

  return {
    due(current, now, flushing) {
      for (const [key, ts] of Object.entries(current.telling.cards ?? {})) {
        const drawing = drawn(current, key);
        if (drawing === undefined) continue;
        const last = shown.get(key);
        if (last?.content === contentOf(drawing)) continue;
        const gap = last === undefined || flushing ? 0 : last.at + pace.urgentEditGapMs - now;
        const waitMs = Math.max(0, gap, pacer.editWaitMs(now, true));
        return { waitMs, edit: () => edit(current, key, ts, drawing) };
      }
      return undefined;
    },
    hasEnding: (current) =>
      Object.keys(current.telling.cards ?? {}).some((key) => drawn(current, key)?.isOver === true),
    missing(current) {
      const there = current.telling.cards ?? {};
      const ref = openCards(current.run).find(
        (candidate) => there[cardKey(candidate)] === undefined && isRead(current.chronicle, candidate),
      );
      if (ref === undefined) return undefined;
      const seq = current.telling.toldSeq;
      const card = cardKey(ref);
      const line = { seq, text: '', sentence: '', needed: true, broadcast: false, card };
      return { lines: [line], lastSeq: seq, needed: true, broadcast: false, card };
    },
    posting(current, chunk) {
      const key = chunk.card;
      const drawing = key === undefined ? undefined : drawn(current, key);
      if (key === undefined || drawing === undefined) {
        return { isLate: false, send: (lines, post) => post(lines), kept: () => ({}) };
      }
      if (drawing.isOver) {
        return { isLate: true, send: (_, post) => sendCard(shared, drawing.card, post), kept: () => ({}) };
      }
      return {
        isLate: false,
        send: (_, post) => sendCard(shared, drawing.card, post),
        kept(ts) {
          shown.set(key, { content: contentOf(drawing), at: time() });
          return { [key]: ts };
        },
      };
    },
  };
}
