import type { RichTextBlock, RichTextBlockElement, RichTextElement, TextObject } from '@slack/types';
import { assertNever } from '../assert-never.ts';

import { formatDate } from '../mrkdwn/date.ts';
import { emoji } from '../mrkdwn/emoji.ts';
import type { Reader } from '../mrkdwn/plain.ts';
import { plainMrkdwn, plainText } from '../mrkdwn/plain.ts';
import type { Block } from '../state/model.ts';
import type { Element } from '../state/view-values.ts';

const statusSign = { pending: '▫️', in_progress: '⏳', complete: '✅', error: '🔴' } as const;

/** Blocks as a person reads them: one or more lines for each, `[Button]` for what can be pressed. */
export function plainBlocks(blocks: readonly Block[], reader: Reader): string {
  return blocks
    .map((block) => plainBlock(block, reader))
    .filter((text) => text !== '')
    .join('\n');
}

function plainBlock(block: Block, reader: Reader): string {
  switch (block.type) {
    case 'section': {
      const fields = (block.fields ?? []).map((field) => textOf(field, reader));
      const accessory = block.accessory === undefined ? [] : [element(block.accessory)];
      return [
        ...(block.text === undefined ? [] : [textOf(block.text, reader)]),
        ...fields,
        ...accessory,
      ].join('\n');
    }
    case 'header':
      return plainText(block.text.text);
    case 'divider':
      return '———';
    case 'context':
      return block.elements
        .map((entry) => (entry.type === 'image' ? entry.alt_text : textOf(entry, reader)))
        .join(' · ');
    case 'actions':
      return block.elements.map((entry) => element(entry)).join(' ');
    case 'input':
      return `${plainText(block.label.text)}: ${element(block.element)}`;
    case 'rich_text':
      return richText(block, reader);
    case 'markdown':
      return block.text;
    case 'image':
      return `(image: ${block.alt_text})`;
    case 'alert':
      return textOf(block.text, reader);
    case 'task_card':
      return [
        `${statusSign[block.status]} ${block.title}`,
        ...[block.details, block.output].flatMap((part) =>
          part === undefined ? [] : [`   ${richText(part, reader)}`],
        ),
      ].join('\n');
    case 'plan':
      return [
        plainText(block.title),
        ...(block.tasks ?? []).map((task) => plainBlock({ block_id: '', ...task } as Block, reader)),
      ].join('\n');
    case 'table':
      return block.rows
        .map((row) =>
          row.map((cell) => (cell.type === 'rich_text' ? richText(cell, reader) : cell.text)).join(' | '),
        )
        .join('\n');
    default:
      return assertNever(block);
  }
}

function textOf(text: TextObject, reader: Reader): string {
  return text.type === 'mrkdwn' ? plainMrkdwn(text.text, reader) : plainText(text.text);
}

function element(given: object): string {
  const entry = given as Element & {
    text?: { text: string };
    placeholder?: { text: string };
    alt_text?: string;
  };
  if (entry.type === 'image') return entry.alt_text ?? '';
  if (entry.type === 'overflow') {
    const options = entry.options as { text: { text: string } }[];
    return `[… ${options.map((option) => plainText(option.text.text)).join(' / ')}]`;
  }
  return `[${plainText(entry.text?.text ?? entry.placeholder?.text ?? '____')}]`;
}

function richText(block: RichTextBlock, reader: Reader): string {
  return block.elements.map((part) => richPart(part, reader)).join('\n');
}

function richPart(part: RichTextBlockElement, reader: Reader): string {
  switch (part.type) {
    case 'rich_text_section':
    case 'rich_text_preformatted':
      return part.elements.map((piece) => richPiece(piece, reader)).join('');
    case 'rich_text_quote':
      return `| ${part.elements.map((piece) => richPiece(piece, reader)).join('')}`;
    case 'rich_text_list':
      return part.elements
        .map((item, index) => {
          const sign = part.style === 'ordered' ? `${index + 1}.` : '•';
          return `${'  '.repeat(part.indent ?? 0)}${sign} ${richPart(item, reader)}`;
        })
        .join('\n');
    default:
      return assertNever(part);
  }
}

function richPiece(piece: RichTextElement, reader: Reader): string {
  switch (piece.type) {
    case 'text':
      return piece.text;
    case 'link':
      return piece.text ?? piece.url;
    case 'user':
      return `@${reader.userName(piece.user_id) ?? piece.user_id}`;
    case 'usergroup':
      return `@${reader.groupName(piece.usergroup_id) ?? piece.usergroup_id}`;
    case 'channel':
      return `#${reader.channelName(piece.channel_id) ?? piece.channel_id}`;
    case 'emoji':
      return emoji(piece.name) ?? `:${piece.name}:`;
    case 'date':
      return formatDate(piece.format, piece.timestamp, reader.timeZone);
    case 'broadcast':
      return `@${piece.range}`;
    case 'color':
      return piece.value;
    case 'team':
      return piece.team_id;
    default:
      return assertNever(piece);
  }
}
