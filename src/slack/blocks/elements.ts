import type {
  ActionsBlock,
  Button,
  ContextBlock,
  MrkdwnElement,
  PlainTextElement,
  RichTextBlock,
  SectionBlock,
} from '@slack/types';
import type { ButtonSpec } from '../projection/card.ts';
import { withApostrophes } from '../text/apostrophes.ts';
import { clipped, withoutInvisible } from '../text/untrusted.ts';

/** Slack's limits for what these builders make, in characters or entries. */
export const limits = {
  section: 3_000,
  context: 2_000,
  button: 75,
  buttonsInARow: 25,
  confirmTitle: 100,
  confirmText: 300,
  confirmLabel: 30,
  messageBlocks: 50,
  viewBlocks: 100,
  viewTitle: 24,
  header: 150,
} as const;

/** `verbatim`: Slack turns no URL, channel or user name of its own accord into a link. */
export function mrkdwn(text: string, max: number): MrkdwnElement {
  return { type: 'mrkdwn', text: clipped(withApostrophes(text), max), verbatim: true };
}

export function plain(text: string, max: number): PlainTextElement {
  return { type: 'plain_text', text: clipped(withApostrophes(withoutInvisible(text)), max), emoji: true };
}

export function section(text: string): SectionBlock {
  return { type: 'section', text: mrkdwn(text, limits.section) };
}

export function context(text: string): ContextBlock {
  return { type: 'context', elements: [mrkdwn(text, limits.context)] };
}

/** Literal lines: nothing in rich text is parsed, so no output of a machine can mention or link anything. */
export function preformatted(lines: readonly string[]): RichTextBlock {
  const text = withoutInvisible(lines.join('\n'));
  return {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: text === '' ? ' ' : text }] },
    ],
  };
}

export function button(spec: ButtonSpec): Button {
  const { confirm } = spec;
  return {
    type: 'button',
    action_id: spec.actionId,
    text: plain(spec.label, limits.button),
    value: spec.value,
    ...(spec.style === undefined ? {} : { style: spec.style }),
    ...(confirm === undefined
      ? {}
      : {
          confirm: {
            title: plain(confirm.title, limits.confirmTitle),
            text: plain(confirm.text, limits.confirmText),
            confirm: plain(confirm.yes, limits.confirmLabel),
            deny: plain('Back', limits.confirmLabel),
            style: confirm.danger === true ? 'danger' : 'primary',
          },
        }),
  };
}

export function actions(specs: readonly ButtonSpec[]): ActionsBlock {
  return { type: 'actions', elements: specs.slice(0, limits.buttonsInARow).map(button) };
}
