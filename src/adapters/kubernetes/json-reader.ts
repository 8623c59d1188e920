/** Takes the bytes of an answer as they come, and gives the parsed object. Throws SyntaxError for anything else. */
export interface JsonReader {
  push(chunk: Buffer): void;
  end(): object;
}

/** Parses everything at the end. */
export function wholeReader(): JsonReader {
  const chunks: Buffer[] = [];
  return {
    push(chunk) {
      chunks.push(chunk);
    },
    end: () => objectIn(chunks),
  };
}

const quote = 0x22;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const comma = 0x2c;
const space = 0x20;

/** How deep in brackets a place in a text is, and whether it is in a string. */
interface Nesting {
  depth: number;
  inString: boolean;
  escaped: boolean;
}

function step(nesting: Nesting, byte: number): void {
  if (nesting.escaped) nesting.escaped = false;
  else if (nesting.inString) {
    if (byte === backslash) nesting.escaped = true;
    else if (byte === quote) nesting.inString = false;
  } else if (byte === quote) nesting.inString = true;
  else if (byte === openBrace || byte === openBracket) nesting.depth += 1;
  else if (byte === closeBrace || byte === closeBracket) nesting.depth -= 1;
}

/**
 * Where the brackets close that are open, or the chunk's end; `nesting` is then as it is there. Every byte of a list goes
 * through here: with its state in local variables the loop takes a third of the time.
 */
function closeOf(chunk: Buffer, from: number, nesting: Nesting): number {
  let { depth, inString, escaped } = nesting;
  let at = from;
  while (at < chunk.length) {
    const byte = chunk[at];
    at += 1;
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === backslash) escaped = true;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
      if (depth === 0) break;
    }
  }
  nesting.depth = depth;
  nesting.inString = inString;
  nesting.escaped = escaped;
  return at;
}

/**
 * Parses an object whose `items` are a list of objects, item by item: each is parsed when its last byte has come, and
 * only what `map` makes of it is kept. As a whole a page of 500 pods is millions of bytes of text and several times that
 * in objects, which live long enough to be costly to collect; one pod after the other is gone at once.
 *
 * Brackets outside of strings are counted, nothing else is looked at: the items and what is around them are left to
 * JSON.parse, which sees every byte but the commas between the items.
 */
export function listReader(map: (item: unknown) => unknown): JsonReader {
  const items: unknown[] = [];
  /** What is around the items. */
  const rest: Buffer[] = [];
  const around: Nesting = { depth: 0, inString: false, escaped: false };
  /** The last string at the top level; before a bracket that can only be a key. */
  let key = '';
  let inItems = false;
  /** The item that is being read, with what of it came in earlier chunks. */
  let item: Nesting | undefined;
  let begun: Buffer[] = [];

  /** Reads one byte around the items; true when it opens them. */
  const opensItems = (byte: number): boolean => {
    const wasInString = around.inString;
    step(around, byte);
    if (around.depth === 1 && around.inString) key = wasInString ? key + String.fromCharCode(byte) : '';
    return byte === openBracket && !wasInString && around.depth === 2 && key === 'items';
  };

  return {
    push(chunk) {
      /** Where the part of the rest begins that is being read. */
      let start = 0;
      const toRest = (end: number, next: number) => {
        if (end > start) rest.push(chunk.subarray(start, end));
        start = next;
      };
      for (let at = 0; at < chunk.length; ) {
        const byte = chunk[at] ?? 0;
        if (item) {
          const end = closeOf(chunk, at, item);
          begun.push(chunk.subarray(at, end));
          if (item.depth > 0) return;
          items.push(map(parse(begun)));
          item = undefined;
          begun = [];
          start = end;
          at = end;
        } else if (inItems && !around.inString && (byte === openBrace || byte === openBracket)) {
          toRest(at, at);
          item = { depth: 0, inString: false, escaped: false };
        } else {
          const isBetween = inItems && !around.inString && (byte === comma || byte <= space);
          if (isBetween) toRest(at, at + 1);
          else if (opensItems(byte)) inItems = true;
          else if (around.depth < 2) inItems = false;
          at += 1;
        }
      }
      toRest(chunk.length, 0);
    },
    end() {
      const value = objectIn(rest);
      if (!('items' in value) || !Array.isArray(value.items)) return value;
      if (value.items.length > 0) throw new SyntaxError('the items are no list of objects');
      return { ...value, items };
    },
  };
}

function objectIn(chunks: readonly Buffer[]): object {
  const value = parse(chunks);
  if (typeof value !== 'object' || value === null) throw new SyntaxError('not an object');
  return value;
}

function parse(chunks: readonly Buffer[]): unknown {
  const [first] = chunks;
  const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
  return JSON.parse(bytes.toString('utf8')) as unknown;
}
