import { maskSecrets } from '../../domain/credentials.ts';
import type { Message } from '../../ports/messenger.ts';
import { toBlocks } from '../blocks/to-message.ts';
import { withApostrophes } from '../text/apostrophes.ts';
import { clipped } from '../text/untrusted.ts';
import { text } from './card.ts';
import type { ThreadLine } from './thread-lines.ts';

/** One message of a thread: a needed line alone, or several routine lines that came close together. */
export interface Chunk {
  readonly lines: readonly ThreadLine[];
  /** The last event that it tells. */
  readonly lastSeq: number;
  readonly needed: boolean;
  readonly broadcast: boolean;
  /** The key of the card that it is. */
  readonly card?: string;
}

/** Slack: a section takes 3,000 characters; a thread is read on phones. */
const maxChunkChars = 2_800;
const maxChunkLines = 15;

/** The next message to post, or undefined when there is none: routine lines are joined until a needed one comes. */
export function nextChunk(lines: readonly ThreadLine[]): Chunk | undefined {
  const [first] = lines;
  if (first === undefined) return undefined;
  if (first.needed) {
    const { card, broadcast } = first;
    return {
      lines: [first],
      lastSeq: first.seq,
      needed: true,
      broadcast,
      ...(card === undefined ? {} : { card }),
    };
  }
  const joined: ThreadLine[] = [];
  let length = 0;
  for (const line of lines) {
    const full = joined.length > 0 && length + line.text.length + 1 > maxChunkChars;
    if (line.needed || full || joined.length === maxChunkLines) break;
    joined.push(line);
    length += line.text.length + 1;
  }
  return { lines: joined, lastSeq: joined.at(-1)?.seq ?? first.seq, needed: false, broadcast: false };
}

/**
 * A chunk as Slack takes it.
 * @param missing number of earlier lines that may be missing, because nobody knows whether Slack took them
 */
export function chunkMessage(chunk: Chunk, missing: number): Message {
  const apology =
    missing === 0
      ? []
      : [
          `_Slack did not answer before this: up to ${missing} earlier ${missing === 1 ? 'line' : 'lines'} may be missing here._`,
        ];
  const body = [...apology, ...chunk.lines.map((line) => line.text)].join('\n');
  const sentence = chunk.lines.map((line) => line.sentence).join(' · ');
  return {
    text: clipped(maskSecrets(withApostrophes(sentence)), 500),
    blocks: toBlocks([text(body)], { rich: false }),
  };
}
