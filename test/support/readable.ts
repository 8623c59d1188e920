import type { KnownBlock } from '@slack/types';
import type { Message } from '../../src/ports/messenger.ts';

/** A message as a person would read it, for golden files and failing tests. */
export function readable(message: Message): string {
  return [`(${message.text})`, ...message.blocks.map(readableBlock)].join('\n');
}

function readableBlock(block: KnownBlock): string {
  // oxlint-disable-next-line switch-exhaustiveness-check -- Slack has many kinds of blocks, the bot makes a few
  switch (block.type) {
    case 'section':
      return shown(block.text?.text ?? '');
    case 'header':
      return `# ${block.text.text}`;
    case 'context':
      return block.elements.map((element) => ('text' in element ? `  ${shown(element.text)}` : '')).join(' ');
    case 'divider':
      return '────';
    case 'actions':
      return block.elements
        .map((element) => (element.type === 'button' ? `[${element.text.text}]` : `<${element.type}>`))
        .join(' ');
    case 'input':
      return `${block.label.text}: <${block.element.type}>`;
    case 'plan':
      return [
        `plan: ${block.title}`,
        ...(block.tasks ?? []).map((task) => `  ${signs[String(task.status)] ?? '?'} ${String(task.title)}`),
      ].join('\n');
    case 'rich_text':
      return block.elements
        .map((element) => element.elements.map((inner) => ('text' in inner ? inner.text : '')).join(''))
        .join('\n')
        .split('\n')
        .map((line) => `    │ ${line}`)
        .join('\n');
    default:
      return JSON.stringify(block);
  }
}

const signs: Record<string, string> = { pending: '▫️', in_progress: '⏳', complete: '✅', error: '🔴' };

/** Slack dates as their fallback, escapes as what they stand for. */
function shown(text: string): string {
  return text
    .replaceAll(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1')
    .replaceAll(/<!subteam\^(\w+)>/g, '@$1')
    .replaceAll(/<@(\w+)>/g, '@$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
