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
  /** The beginning of an item that goes on in the next chunk. */
  let begun: Buffer[] = [];
  let depth = 0;
  let inString = false;
  let escaped = false;
  let inItems = false;
  /** The last string at the top level; before a bracket that can only be a key. */
  let key = '';

  const keep = (last: Buffer) => {
    items.push(map(parse([...begun, last])));
    begun = [];
  };

  return {
    push(chunk) {
      /** Where the item, or else the part of the rest, begins that is being read. */
      let start = 0;
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at];
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === backslash) escaped = true;
          else if (byte === quote) inString = false;
          else if (depth === 1) key += String.fromCharCode(byte ?? 0);
        } else if (byte === quote) {
          inString = true;
          if (depth === 1) key = '';
        } else if (byte === openBrace || byte === openBracket) {
          depth += 1;
          if (inItems && depth === 3) {
            if (at > start) rest.push(chunk.subarray(start, at));
            start = at;
          }
          if (byte === openBracket && depth === 2 && key === 'items') {
            inItems = true;
            rest.push(chunk.subarray(start, at + 1));
            start = at + 1;
          }
        } else if (byte === closeBrace || byte === closeBracket) {
          depth -= 1;
          if (inItems && depth === 2) {
            keep(chunk.subarray(start, at + 1));
            start = at + 1;
          } else if (inItems && depth === 1) {
            inItems = false;
            rest.push(chunk.subarray(start, at));
            start = at;
          }
        } else if (inItems && depth === 2 && (byte === comma || (byte ?? 0) <= space)) {
          if (at > start) rest.push(chunk.subarray(start, at));
          start = at + 1;
        }
      }
      (inItems && depth > 2 ? begun : rest).push(chunk.subarray(start));
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
