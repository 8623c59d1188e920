/** A piece of mrkdwn, as Slack's clients understand it. Runs in the browser too. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bold' | 'italic' | 'strike'; readonly children: readonly Piece[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'emoji'; readonly name: string }
  | { readonly kind: 'user' | 'channel' | 'group'; readonly id: string; readonly label: string | undefined }
  | { readonly kind: 'broadcast'; readonly range: string }
  | { readonly kind: 'link'; readonly url: string; readonly label: string }
  | {
      readonly kind: 'date';
      readonly seconds: number;
      readonly format: string;
      readonly url: string | undefined;
      readonly fallback: string;
    };

export type Paragraph =
  | { readonly kind: 'line'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'quote'; readonly lines: readonly (readonly Piece[])[] }
  | { readonly kind: 'pre'; readonly text: string };

/** Splits mrkdwn into lines, quotes and preformatted blocks. */
export function parseMrkdwn(text: string): Paragraph[] {
  return text.split(/```\n?([\s\S]*?)\n?```\n?/).flatMap((part, index): Paragraph[] => {
    if (index % 2 === 1) return [{ kind: 'pre', text: unescape(part) }];
    if (part === '') return [];
    return paragraphs(part.replace(/\n$/, '').split('\n'));
  });
}

function paragraphs(lines: readonly string[]): Paragraph[] {
  const found: Paragraph[] = [];
  let quote: Piece[][] = [];
  for (const line of lines) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line)?.[1];
    if (quoted !== undefined) {
      if (quote.length === 0) found.push({ kind: 'quote', lines: quote });
      quote.push(parseInline(quoted));
    } else {
      quote = [];
      found.push({ kind: 'line', pieces: parseInline(line) });
    }
  }
  return found;
}

const styles = { '*': 'bold', _: 'italic', '~': 'strike' } as const;
const token = /`[^`\n]+`|<[^<>\n]+>|:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:|[*_~]/g;

/** One line: styles, code, mentions, links, dates and emoji. */
export function parseInline(line: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  token.lastIndex = 0;
  for (let match = token.exec(line); match !== null; match = token.exec(line)) {
    const found = readToken(line, match[0], match.index);
    if (found === undefined) continue;
    if (match.index > from) pieces.push({ kind: 'text', text: unescape(line.slice(from, match.index)) });
    pieces.push(found.piece);
    from = found.end;
    token.lastIndex = from;
  }
  if (from < line.length) pieces.push({ kind: 'text', text: unescape(line.slice(from)) });
  return pieces;
}

function readToken(line: string, found: string, at: number): { piece: Piece; end: number } | undefined {
  const end = at + found.length;
  if (found.startsWith('`')) return { piece: { kind: 'code', text: unescape(found.slice(1, -1)) }, end };
  if (found.startsWith('<')) return { piece: readAngle(found.slice(1, -1)), end };
  if (found.startsWith(':')) return { piece: { kind: 'emoji', name: found.slice(1, -1) }, end };
  const close = closing(line, at, found);
  if (close === undefined) return undefined;
  // The recursion uses the shared pattern, so the caller sets lastIndex again afterwards.
  const children = parseInline(line.slice(at + 1, close));
  return { piece: { kind: styles[found as keyof typeof styles], children }, end: close + 1 };
}

/** Where a style ends: not after a space, not within a word, as Slack has it. */
function closing(line: string, open: number, mark: string): number | undefined {
  const before = line[open - 1];
  if (before !== undefined && /[\p{L}\p{N}]/u.test(before)) return undefined;
  if (/\s/.test(line[open + 1] ?? ' ')) return undefined;
  for (let at = line.indexOf(mark, open + 2); at > 0; at = line.indexOf(mark, at + 1)) {
    const after = line[at + 1];
    if (!/\s/.test(line[at - 1] ?? ' ') && (after === undefined || !/[\p{L}\p{N}]/u.test(after))) return at;
  }
  return undefined;
}

function readAngle(inside: string): Piece {
  const [target, label] = split(inside);
  const shown = label === undefined ? undefined : unescape(label);
  if (target.startsWith('@')) return { kind: 'user', id: target.slice(1), label: shown };
  if (target.startsWith('#')) return { kind: 'channel', id: target.slice(1), label: shown };
  if (target.startsWith('!subteam^')) return { kind: 'group', id: target.slice(9), label: shown };
  if (target.startsWith('!date^')) return readDate(target, shown ?? '');
  if (target.startsWith('!')) return { kind: 'broadcast', range: target.slice(1) };
  if (!/^(https?|mailto|slack|tel):/.test(target)) return { kind: 'text', text: unescape(`<${inside}>`) };
  return { kind: 'link', url: unescape(target), label: shown ?? unescape(target).replace(/^mailto:/, '') };
}

function readDate(target: string, fallback: string): Piece {
  const [, seconds = '', format = '', url] = target.split('^');
  const at = Number(seconds);
  if (!Number.isFinite(at) || seconds === '') return { kind: 'text', text: fallback };
  return { kind: 'date', seconds: at, format, url, fallback };
}

function split(inside: string): [string, string | undefined] {
  const bar = inside.indexOf('|');
  return bar < 0 ? [inside, undefined] : [inside.slice(0, bar), inside.slice(bar + 1)];
}

export function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
