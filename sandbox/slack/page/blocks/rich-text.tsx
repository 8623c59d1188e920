import type { RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types';
import type { ComponentChildren } from 'preact';
import { assertNever } from '../../assert-never.ts';

import type { PageState } from '../live/store.ts';
import { Link } from '../parts/link.tsx';
import { Emoji, Mention, SlackDate } from '../parts/mrkdwn.tsx';

/** A rich_text block. */
export function RichText({ block, state }: { block: RichTextBlock; state: PageState }) {
  return (
    <div class="mrkdwn rich-text">
      {block.elements.map((part, at) => (
        <Part key={at} part={part} state={state} />
      ))}
    </div>
  );
}

function Part({ part, state }: { part: RichTextBlockElement; state: PageState }) {
  switch (part.type) {
    case 'rich_text_section':
      return <p>{pieces(part.elements, state)}</p>;
    case 'rich_text_quote':
      return (
        <blockquote>
          <p>{pieces(part.elements, state)}</p>
        </blockquote>
      );
    case 'rich_text_preformatted':
      return <pre>{pieces(part.elements, state)}</pre>;
    case 'rich_text_list': {
      const items = part.elements.map((item, at) => <li key={at}>{pieces(item.elements, state)}</li>);
      const indent = `indent-${part.indent ?? 0}`;
      return part.style === 'ordered' ? <ol class={indent}>{items}</ol> : <ul class={indent}>{items}</ul>;
    }
    default:
      return assertNever(part);
  }
}

function pieces(elements: readonly RichTextElement[], state: PageState): ComponentChildren {
  return elements.map((piece, at) => <Styled key={at} piece={piece} state={state} />);
}

function Styled({ piece, state }: { piece: RichTextElement; state: PageState }) {
  const style = piece.style ?? {};
  let drawn: ComponentChildren = <Plain piece={piece} state={state} />;
  if (style.code === true) drawn = <code>{drawn}</code>;
  if (style.strike === true) drawn = <s>{drawn}</s>;
  if (style.italic === true) drawn = <em>{drawn}</em>;
  if (style.bold === true) drawn = <strong>{drawn}</strong>;
  return <>{drawn}</>;
}

function Plain({ piece, state }: { piece: RichTextElement; state: PageState }) {
  switch (piece.type) {
    case 'text':
      return <>{piece.text}</>;
    case 'link':
      return <Link url={piece.url}>{piece.text ?? piece.url}</Link>;
    case 'emoji':
      return <Emoji name={piece.name} />;
    case 'user':
      return <Mention kind="user" id={piece.user_id} label={undefined} state={state} />;
    case 'usergroup':
      return <Mention kind="group" id={piece.usergroup_id} label={undefined} state={state} />;
    case 'channel':
      return <Mention kind="channel" id={piece.channel_id} label={undefined} state={state} />;
    case 'date':
      return <SlackDate seconds={piece.timestamp} format={piece.format} url={piece.url} state={state} />;
    case 'broadcast':
      return <span class="mention mention-me">@{piece.range}</span>;
    case 'color':
      return <code>{piece.value}</code>;
    case 'team':
      return <>{piece.team_id}</>;
    default:
      return assertNever(piece);
  }
}
