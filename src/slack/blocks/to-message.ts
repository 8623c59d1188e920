import type { KnownBlock, PlanBlock } from '@slack/types';
import { assertNever } from '../../domain/assert-never.ts';
import { maskSecrets } from '../../domain/credentials.ts';
import type { Message } from '../../ports/messenger.ts';
import type { Card, Part, Task } from '../projection/card.ts';
import { withApostrophes } from '../text/apostrophes.ts';
import { clipped, escaped } from '../text/untrusted.ts';
import { actions, context, limits, preformatted, section } from './elements.ts';

/** Slack: chat.update takes 4,000 characters of text; phones show about a hundred. */
const maxSentence = 500;

export interface MessageOptions {
  /** Whether the workspace takes `plan` and `task_card` blocks; else tasks become a line of text. */
  readonly rich: boolean;
}

/** A card as Slack takes it. */
export function toMessage(card: Card, { rich }: MessageOptions): Message {
  return {
    text: clipped(maskSecrets(withApostrophes(card.sentence)), maxSentence),
    blocks: toBlocks(card.parts, { rich }),
  };
}

/** Parts as blocks. A long text becomes several sections, split between lines: nothing is lost. */
export function toBlocks(parts: readonly Part[], { rich }: MessageOptions): KnownBlock[] {
  return parts.flatMap((part) => blocksOf(part, rich));
}

function blocksOf(part: Part, rich: boolean): KnownBlock[] {
  switch (part.kind) {
    case 'text':
      return split(maskSecrets(part.text), limits.section).map(section);
    case 'fine':
      return split(maskSecrets(part.text), limits.context).map(context);
    case 'output':
      return [preformatted(part.lines.map((text) => maskSecrets(text)))];
    case 'tasks':
      return rich ? [planBlock(part.title, part.tasks)] : [section(taskLine(part.tasks))];
    case 'buttons':
      return part.buttons.length === 0 ? [] : [actions(part.buttons)];
    case 'divider':
      return [{ type: 'divider' }];
    default:
      return assertNever(part);
  }
}

function planBlock(title: string, tasks: readonly Task[]): PlanBlock {
  return {
    type: 'plan',
    title,
    tasks: tasks.map((task) => ({
      type: 'task_card',
      task_id: task.id,
      title: task.note === undefined ? task.title : `${task.title} · ${task.note}`,
      status: task.status,
    })),
  };
}

const signs: Record<Task['status'], string> = {
  pending: '▫️',
  in_progress: '⏳',
  complete: '✅',
  error: '🔴',
};

/** Tasks where there are no task cards: `✅ Backups 2 min · ⏳ *cp-1* kubeadm upgrade node (3 min) · ▫️ add-ons`. */
function taskLine(tasks: readonly Task[]): string {
  return tasks
    .map(({ title: plainTitle, note, status }) => {
      const title = escaped(plainTitle);
      const name = status === 'in_progress' || status === 'error' ? `*${title}*` : title;
      return [signs[status], name, ...(note === undefined ? [] : [note])].join(' ');
    })
    .join(' · ');
}

/** Pieces of at most `max` characters, cut between lines where that is possible. */
function split(text: string, max: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const newline = rest.lastIndexOf('\n', max);
    const space = rest.lastIndexOf(' ', max);
    const at = newline > 0 ? newline : space > 0 ? space : max;
    pieces.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  if (rest.trim() !== '') pieces.push(rest);
  return pieces;
}
