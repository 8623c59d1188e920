import { maskSecrets } from '../../domain/credentials.ts';
import { createTail, lineMasker } from './mask.ts';
import { plainLine } from './plain-line.ts';

/** Whole lines, readable and masked, and where they stood in the whole output, in bytes. */
export interface PlacedLines {
  readonly lines: string[];
  /** Where the first one begins. */
  readonly from: number;
  /** Where each one ends, its line feed included. */
  readonly ends: number[];
}

/** What an act prints, as it comes in pieces. */
export interface ActOutput {
  /** Takes bytes and says where they begin; gives the whole lines that they complete. Bytes may be left out between. */
  push(offset: number, bytes: Uint8Array): PlacedLines[];
  /** Ends the text; gives its last line if that has no line feed. */
  end(): PlacedLines[];
  /** Where the next byte belongs. */
  offset(): number;
  /** The last 64 KiB, with a line that is not at its end yet. What came before is left out with a line that says so. */
  text(): string;
}

/** A line that never ends is kept up to here while it is waited for. */
const longestLine = 256 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Lines are cut as bytes, since a line feed is no part of any other character in UTF-8, and decoded whole: however the
 * output is split on its way, the text is the same.
 * @param start where the first byte stands: the beginning of a line
 */
export function createActOutput(start = 0): ActOutput {
  let mask = lineMasker(start > 0);
  let tail = createTail(start > 0);
  let open: Uint8Array[] = [];
  let openBytes = 0;
  /** Bytes that have come, those that were left out counted. */
  let at = start;
  /** How far the lines reach that were given. */
  let given = start;
  /** After a gap nobody knows what a line is the end of: it is left out with what came before it. */
  let seeking = false;

  /** Nobody parses it, and commands of strangers print what they like. */
  const readable = (bytes: Uint8Array, peek: boolean): string | undefined => {
    const line = mask(plainLine(decoded(bytes)), peek);
    return line === undefined ? undefined : maskSecrets(line);
  };

  const openLine = (...more: Uint8Array[]): Uint8Array => Buffer.concat([...open, ...more]);
  const forgetOpen = (): void => {
    open = [];
    openBytes = 0;
  };

  const give = (line: string, from: number, end: number): PlacedLines[] => {
    given = end;
    return [{ lines: [line], from, ends: [end] }];
  };

  /** What comes next is not what follows: a line that was cut ends here. */
  const skipTo = (offset: number): PlacedLines[] => {
    const rest = openBytes === 0 ? undefined : unfinished(readable(openLine(), true));
    const placed = rest === undefined ? [] : give(rest, given, at);
    forgetOpen();
    mask = lineMasker(true);
    tail = createTail(true);
    seeking = true;
    at = given = offset;
    return placed;
  };

  /** The bytes from the first line on that is whole. */
  const fromLine = (bytes: Uint8Array): Uint8Array => {
    if (!seeking) return bytes;
    const end = bytes.findIndex((byte) => byte === lineFeed || byte === carriageReturn);
    const dropped = end === -1 ? bytes.length : end + 1;
    seeking = end === -1;
    at += dropped;
    given = at;
    return bytes.subarray(dropped);
  };

  const keepOpen = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    // The chunk belongs to the connection, which may use it again.
    open.push(Uint8Array.from(bytes));
    openBytes += bytes.length;
    if (openBytes <= longestLine) return;
    const line = openLine();
    const lastState = line.lastIndexOf(carriageReturn, -2) + 1;
    const kept = line.subarray(Math.max(lastState, line.length - longestLine / 2));
    open = [Uint8Array.from(fromCharacter(kept))];
    openBytes = open[0]?.length ?? 0;
  };

  return {
    push(offset, bytes) {
      const skipped = offset > at ? skipTo(offset) : [];
      const rest = fromLine(bytes.subarray(Math.min(bytes.length, at - offset)));
      const lines: string[] = [];
      const ends: number[] = [];
      const from = given;
      let next = 0;
      for (let feed = rest.indexOf(lineFeed); feed !== -1; feed = rest.indexOf(lineFeed, next)) {
        const whole = openBytes === 0 ? rest.subarray(next, feed) : openLine(rest.subarray(next, feed));
        const line = readable(whole, false);
        forgetOpen();
        next = feed + 1;
        if (line === undefined) continue;
        tail.push(`${line}\n`);
        lines.push(line);
        given = at + next;
        ends.push(given);
      }
      keepOpen(rest.subarray(next));
      at += rest.length;
      return lines.length === 0 ? skipped : [...skipped, { lines, from, ends }];
    },
    end() {
      const line = openBytes === 0 ? undefined : readable(openLine(), false);
      forgetOpen();
      if (line === undefined) return [];
      tail.push(line);
      return give(line, given, at);
    },
    offset: () => at,
    text() {
      const line = openBytes === 0 ? undefined : unfinished(readable(openLine(), true));
      return tail.text() + (line ?? '');
    },
  };
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function decoded(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Not from the middle of a character on: UTF-8's continuation bytes are 10xxxxxx. */
function fromCharacter(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < Math.min(3, bytes.length) && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start);
}

/**
 * A line that is not at its end yet, as it may be shown: of a secret that is only half there no rule knows, so a last word
 * that goes on is left out. A question that waits for its answer (`[default=N] ?`) stands as it is.
 */
function unfinished(line: string | undefined): string | undefined {
  return line?.replace(/[^\s]+$/, (word) => (/(?:[?:)\]>%!]|\.\.\.|…)$/.test(word) ? word : '…'));
}
