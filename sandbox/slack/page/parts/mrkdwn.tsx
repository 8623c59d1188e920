import type { ComponentChildren } from 'preact';
import { assertNever } from '../../assert-never.ts';

import { formatDate } from '../../mrkdwn/date.ts';
import { emoji } from '../../mrkdwn/emoji.ts';
import type { Paragraph, Piece } from '../../mrkdwn/parse.ts';
import { parseMrkdwn } from '../../mrkdwn/parse.ts';
import { openChannel } from '../live/navigate.ts';
import type { PageState } from '../live/store.ts';
import { timeZone } from '../live/use-page.ts';
import { Link } from './link.tsx';

/** mrkdwn, drawn. */
export function Mrkdwn({ text, state }: { text: string; state: PageState }) {
  return (
    <div class="mrkdwn">{parseMrkdwn(text).map((paragraph, at) => drawParagraph(paragraph, at, state))}</div>
  );
}

/** plain_text knows emoji and line breaks, nothing else. */
export function PlainText({ text }: { text: string }) {
  return (
    <span class="plain-text">
      {text.replaceAll(/:([a-z0-9_+'-]+):/g, (whole, name: string) => emoji(name) ?? whole)}
    </span>
  );
}

function drawParagraph(paragraph: Paragraph, key: number, state: PageState) {
  switch (paragraph.kind) {
    case 'pre':
      return <pre key={key}>{paragraph.text}</pre>;
    case 'quote':
      return (
        <blockquote key={key}>
          {paragraph.lines.map((line, at) => (
            <p key={at}>{drawPieces(line, state)}</p>
          ))}
        </blockquote>
      );
    case 'line':
      return <p key={key}>{drawPieces(paragraph.pieces, state)}</p>;
    default:
      return assertNever(paragraph);
  }
}

function drawPieces(pieces: readonly Piece[], state: PageState): ComponentChildren {
  return pieces.map((piece, at) => <Inline key={at} piece={piece} state={state} />);
}

function Inline({ piece, state }: { piece: Piece; state: PageState }) {
  switch (piece.kind) {
    case 'text':
      return <>{piece.text}</>;
    case 'bold':
      return <strong>{drawPieces(piece.children, state)}</strong>;
    case 'italic':
      return <em>{drawPieces(piece.children, state)}</em>;
    case 'strike':
      return <s>{drawPieces(piece.children, state)}</s>;
    case 'code':
      return <code>{piece.text}</code>;
    case 'emoji':
      return <Emoji name={piece.name} />;
    case 'link':
      return <Link url={piece.url}>{piece.label}</Link>;
    case 'broadcast':
      return <span class="mention mention-me">@{piece.range}</span>;
    case 'date':
      return <SlackDate seconds={piece.seconds} format={piece.format} url={piece.url} state={state} />;
    case 'user':
    case 'channel':
    case 'group':
      return <Mention kind={piece.kind} id={piece.id} label={piece.label} state={state} />;
    default:
      return assertNever(piece);
  }
}

export function Emoji({ name }: { name: string }) {
  const sign = emoji(name);
  return (
    <span class="emoji" role="img" aria-label={name.replaceAll('_', ' ')}>
      {sign ?? `:${name}:`}
    </span>
  );
}

interface DateProps {
  seconds: number;
  format: string;
  url: string | undefined;
  state: PageState;
}

export function SlackDate({ seconds, format, url, state }: DateProps) {
  const at = new Date(seconds * 1000);
  const shown = (
    <time dateTime={at.toISOString()} title={formatDate('{date_long} {time_secs}', seconds, timeZone(state))}>
      {formatDate(format, seconds, timeZone(state))}
    </time>
  );
  return url === undefined ? shown : <Link url={url}>{shown}</Link>;
}

interface MentionProps {
  kind: 'user' | 'channel' | 'group';
  id: string;
  label: string | undefined;
  state: PageState;
}

export function Mention({ kind, id, label, state: { workspace, as } }: MentionProps) {
  if (kind === 'channel') {
    const name = workspace?.channels.find((channel) => channel.id === id)?.name ?? label ?? id;
    return (
      <button type="button" class="mention" onClick={() => void openChannel(id)}>
        #{name}
      </button>
    );
  }
  const myId = workspace?.people.find((person) => person.handle === as)?.id ?? '';
  if (kind === 'user') {
    const handle = workspace?.people.find((person) => person.id === id)?.handle ?? label ?? id;
    return <span class={id === myId ? 'mention mention-me' : 'mention'}>@{handle}</span>;
  }
  const group = workspace?.groups.find((candidate) => candidate.id === id);
  const mine = group?.members.includes(myId) ?? false;
  const handle = group?.handle ?? label?.replace(/^@/, '') ?? id;
  return <span class={mine ? 'mention mention-me' : 'mention'}>@{handle}</span>;
}
