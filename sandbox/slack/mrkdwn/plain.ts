import { assertNever } from '../assert-never.ts';
import { formatDate } from './date.ts';
import { emoji } from './emoji.ts';
import type { Piece } from './parse.ts';
import { parseMrkdwn } from './parse.ts';

/** What is needed to name people and places, and to tell the time where the reader is. */
export interface Reader {
  readonly timeZone: string;
  userName(id: string): string | undefined;
  channelName(id: string): string | undefined;
  groupName(id: string): string | undefined;
}

/** mrkdwn as a person reads it, without styling. */
export function plainMrkdwn(text: string, reader: Reader): string {
  return parseMrkdwn(text)
    .map((paragraph) => {
      switch (paragraph.kind) {
        case 'line':
          return plainPieces(paragraph.pieces, reader);
        case 'quote':
          return paragraph.lines.map((line) => `| ${plainPieces(line, reader)}`).join('\n');
        case 'pre':
          return paragraph.text;
        default:
          return assertNever(paragraph);
      }
    })
    .join('\n');
}

/** plain_text objects know emoji and nothing else. */
export function plainText(text: string): string {
  return text.replaceAll(/:([a-z0-9_+'-]+):/g, (whole, name: string) => emoji(name) ?? whole);
}

export function plainPieces(pieces: readonly Piece[], reader: Reader): string {
  return pieces.map((piece) => plainPiece(piece, reader)).join('');
}

function plainPiece(piece: Piece, reader: Reader): string {
  switch (piece.kind) {
    case 'text':
      return piece.text;
    case 'code':
      return `\`${piece.text}\``;
    case 'bold':
    case 'italic':
    case 'strike':
      return plainPieces(piece.children, reader);
    case 'emoji':
      return emoji(piece.name) ?? `:${piece.name}:`;
    case 'user':
      return `@${reader.userName(piece.id) ?? piece.label ?? piece.id}`;
    case 'channel':
      return `#${reader.channelName(piece.id) ?? piece.label ?? piece.id}`;
    case 'group':
      return `@${reader.groupName(piece.id) ?? piece.label?.replace(/^@/, '') ?? piece.id}`;
    case 'broadcast':
      return `@${piece.range}`;
    case 'link':
      return piece.label === piece.url ? piece.url : `${piece.label} (${piece.url})`;
    case 'date':
      return formatDate(piece.format, piece.seconds, reader.timeZone);
    default:
      return assertNever(piece);
  }
}
