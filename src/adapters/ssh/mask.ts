import { maskCredentials } from '../../domain/credentials.ts';

/** How much of an output is kept: its last 64 KiB, in bytes of UTF-8. */
export const keptBytes = 64 * 1024;

/** A line that never ends is kept up to here while it is waited for. */
const longestLine = 4 * keptBytes;

const masked = '[masked]';

const pemBegins = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\s*$/;
const pemEnds = /-----END [A-Z0-9 ]*PRIVATE KEY-----/;
const pemBody = /^\s*[A-Za-z0-9+/=]{32,}\s*$/;
const keyFollows = /certificate key:\s*$/i;

/** Gives the line to show, undefined for one that is left out. `peek`: without going on to the next line. */
export type LineMasker = (line: string, peek?: boolean) => string | undefined;

/**
 * Masks one line after another; remembers what a secret of several lines needs. A PEM block becomes one line.
 * @param midway the first line may be in the middle of such a block, so what looks like one is masked
 */
export function lineMasker(midway: boolean): LineMasker {
  let state: 'open' | 'in-pem' | 'perhaps-in-pem' | 'key-follows' = midway ? 'perhaps-in-pem' : 'open';
  const take = (line: string): string | undefined => {
    const before = state;
    if (before === 'in-pem') {
      if (pemEnds.test(line)) state = 'open';
      return undefined;
    }
    if (before === 'perhaps-in-pem' && (pemBody.test(line) || pemEnds.test(line))) return undefined;
    state = keyFollows.test(line) ? 'key-follows' : 'open';
    if (before === 'key-follows') return line.replace(/\b[0-9a-f]{64}\b/, masked);
    const begins = pemBegins.exec(line);
    if (begins) {
      state = 'in-pem';
      return `${line.slice(0, begins.index)}${masked} private key`;
    }
    return maskCredentials(line);
  };
  return (line, peek = false) => {
    const before = state;
    const shown = take(line);
    if (peek) state = before;
    return shown;
  };
}

/** The text with its secrets masked. */
export function masking(text: string): string {
  const mask = lineMasker(false);
  return text
    .split('\n')
    .map((line) => mask(line))
    .filter((line) => line !== undefined)
    .join('\n');
}

/** What a command prints, as it comes in pieces: decoded, masked, and bounded to its end. */
export interface Output {
  /** Takes bytes as they arrive; gives the whole lines that they complete, masked, without line feeds. */
  push(chunk: Uint8Array): string[];
  /** Ends the text; gives its last line if that has no line feed. */
  end(): string[];
  /** The last 64 KiB. What came before is left out with a line that says so. */
  text(): string;
}

/** @param options `midway`: the first byte is not the beginning of the output */
export function createOutput(options: { midway?: boolean } = {}): Output {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const mask = lineMasker(options.midway ?? false);
  const tail = createTail(options.midway ?? false);
  let open = '';

  const take = (text: string): string[] => {
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    if (open.length > longestLine) open = open.slice(-longestLine / 2);
    const shown = lines.map((line) => mask(line)).filter((line) => line !== undefined);
    for (const line of shown) tail.push(`${line}\n`);
    return shown;
  };

  return {
    push: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end() {
      const lines = take(decoder.decode());
      const last = open === '' ? undefined : mask(open);
      open = '';
      if (last === undefined) return lines;
      tail.push(last);
      return [...lines, last];
    },
    text: () => tail.text(),
  };
}

/** The last 64 KiB of some lines. */
export function createTail(leftOut: boolean) {
  let lines: string[] = [];
  let bytes = 0;
  let cut = leftOut;
  return {
    push(line: string) {
      const size = Buffer.byteLength(line);
      if (size > keptBytes) {
        lines = [lastBytes(line, keptBytes)];
        bytes = keptBytes;
        cut = true;
        return;
      }
      lines.push(line);
      bytes += size;
      let drop = 0;
      for (; bytes > keptBytes; drop++) bytes -= Buffer.byteLength(lines[drop] ?? '');
      if (drop > 0) {
        lines.splice(0, drop);
        cut = true;
      }
    },
    text: () => (cut ? '[earlier output left out]\n' : '') + lines.join(''),
  };
}

function lastBytes(text: string, count: number): string {
  const bytes = Buffer.from(text).subarray(-count);
  let start = 0;
  // Not in the middle of a character: UTF-8's continuation bytes are 10xxxxxx.
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start).toString();
}
