import type { KnownBlock, View } from '@slack/types';
import type { Message } from '../../src/ports/messenger.ts';

/**
 * What Slack takes, as the project's own rules have it (the documented limits, and 9,000 characters in total for
 * messages, whose real limit is undocumented). Returns everything that is wrong; nothing is right.
 */
export function messageProblems(message: Message): string[] {
  const { text, blocks } = message;
  const total = textsIn(blocks).reduce((sum, part) => sum + part.length, 0);
  return [
    ...(text.trim() === '' ? ['text is empty'] : []),
    ...(text.length > 4_000 ? [`text has ${text.length} characters`] : []),
    ...(blocks.length > 50 ? [`${blocks.length} blocks`] : []),
    ...(total > 9_000 ? [`${total} characters in total`] : []),
    ...blocks.flatMap((block, index) => blockProblems(block).map((problem) => `block ${index}: ${problem}`)),
    ...dangers([text, ...markupIn(blocks)]),
  ];
}

export function viewProblems(view: View): string[] {
  const modal = view.type === 'modal' ? [view.title, view.submit, view.close] : [];
  return [
    ...(view.blocks.length > 100 ? [`${view.blocks.length} blocks`] : []),
    ...modal.flatMap((label) => (label === undefined ? [] : within('title', label.text, 24))),
    ...within('private_metadata', view.private_metadata ?? '', 3_000, 0),
    ...(JSON.stringify(view).length > 250_000 ? ['the view is larger than 250 kB'] : []),
    ...view.blocks.flatMap((block, index) =>
      blockProblems(block as KnownBlock).map((problem) => `block ${index}: ${problem}`),
    ),
    ...dangers(markupIn(view.blocks)),
  ];
}

function blockProblems(block: KnownBlock): string[] {
  // oxlint-disable-next-line switch-exhaustiveness-check -- Slack has many kinds of blocks, the bot makes a few
  switch (block.type) {
    case 'section':
      return within('section', block.text?.text ?? '', 3_000);
    case 'header':
      return within('header', block.text.text, 150);
    case 'context':
      return [
        ...(block.elements.length > 10 ? ['more than 10 elements'] : []),
        ...block.elements.flatMap((element) =>
          'text' in element ? within('context', element.text, 2_000) : [],
        ),
      ];
    case 'actions': {
      const ids = block.elements.map((element) => element.action_id);
      return [
        ...(block.elements.length === 0 || block.elements.length > 25 ? ['not 1 to 25 actions'] : []),
        ...(new Set(ids).size < ids.length ? ['the same action_id twice'] : []),
        ...block.elements.flatMap((element) => (element.type === 'button' ? buttonProblems(element) : [])),
      ];
    }
    case 'plan': {
      const tasks = block.tasks ?? [];
      const ids = tasks.map((task) => task.task_id);
      return [
        ...(tasks.length === 0 || tasks.length > 20 ? [`${tasks.length} tasks`] : []),
        ...(new Set(ids).size < ids.length ? ['the same task_id twice'] : []),
        ...tasks.flatMap((task) => within('task', String(task.title), 300)),
      ];
    }
    case 'rich_text':
      return block.elements.length === 0 ? ['empty rich text'] : [];
    case 'input':
      return [
        ...within('label', block.label.text, 2_000),
        ...(block.element.type === 'static_select' && (block.element.options?.length ?? 0) > 100
          ? ['more than 100 options']
          : []),
      ];
    case 'divider':
      return [];
    default:
      return [`a block of type ${block.type}, which nothing here makes`];
  }
}

interface ButtonLike {
  readonly text: { readonly text: string };
  readonly value?: string | undefined;
  readonly action_id?: string | undefined;
  readonly confirm?:
    | {
        readonly title?: { text: string };
        readonly text: { text: string };
        readonly confirm?: { text: string };
        readonly deny?: { text: string };
      }
    | undefined;
}

function buttonProblems({ text, value, action_id: id, confirm }: ButtonLike): string[] {
  return [
    ...within('button', text.text, 75),
    ...within('value', value ?? '', 2_000),
    ...within('action_id', id ?? '', 255),
    ...(confirm === undefined
      ? []
      : [
          ...within('confirm title', confirm.title?.text ?? '', 100),
          ...within('confirm text', confirm.text.text, 300),
          ...within('confirm', confirm.confirm?.text ?? '', 30),
          ...within('deny', confirm.deny?.text ?? '', 30),
        ]),
  ];
}

function within(what: string, text: string, max: number, min = 1): string[] {
  if (text.length > max) return [`${what} has ${text.length} of ${max} characters`];
  return text.length < min ? [`${what} is empty`] : [];
}

/** Every text in a tree of blocks that counts towards the total. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) =>
    typeof entry === 'string' ? (name === 'text' || name === 'title' ? [entry] : []) : textsIn(entry),
  );
}

/** The texts in which Slack reads markup: rich text, plain text and task titles are shown literally. */
function markupIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(markupIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('type' in value && (value.type === 'rich_text' || value.type === 'plan')) return [];
  if ('type' in value && value.type === 'mrkdwn' && 'text' in value) return [String(value.text)];
  return Object.values(value).flatMap(markupIn);
}

/** What must never get into a message: it would ring everybody, or hide a link's target. */
function dangers(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const found = /<!(?:channel|here|everyone)|<https?:[^>]*evil/.exec(text);
    return found === null ? [] : [`dangerous: ${found[0]}`];
  });
}
