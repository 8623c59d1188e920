import { typeField, url } from './composition.ts';
import type { Check } from './problem.ts';
import { byType, flag, integer, list, object, oneOf, text } from './problem.ts';

const style = object({}, { bold: flag, italic: flag, strike: flag, code: flag, underline: flag });

function piece(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return object({ type: typeField, ...required }, { style, ...optional });
}

const inline = byType({
  text: piece({ text: text(12_000) }),
  link: piece({ url }, { text: text(3000), unsafe: flag }),
  user: piece({ user_id: text(255) }),
  usergroup: piece({ usergroup_id: text(255) }),
  channel: piece({ channel_id: text(255) }),
  team: piece({ team_id: text(255) }),
  emoji: piece({ name: text(255) }, { unicode: text(255), url }),
  broadcast: piece({ range: oneOf('here', 'channel', 'everyone') }),
  color: piece({ value: text(255) }),
  date: piece({ timestamp: integer(0, 9_999_999_999), format: text(255) }, { url, fallback: text(255) }),
});

const border = { border: oneOf(0, 1) };
const section = object({ type: typeField, elements: list(inline, 1000, 0) });

/** A rich_text block: sections, lists (indent 0–8), quotes and preformatted text. */
export const richTextBlock: Check = object(
  {
    type: oneOf('rich_text'),
    elements: list(
      byType({
        rich_text_section: section,
        rich_text_quote: object({ type: typeField, elements: list(inline, 1000, 0) }, border),
        rich_text_preformatted: object(
          { type: typeField, elements: list(inline, 1000, 0) },
          { ...border, language: text(50) },
        ),
        rich_text_list: object(
          {
            type: typeField,
            style: oneOf('bullet', 'ordered'),
            elements: list(byType({ rich_text_section: section }), 1000),
          },
          { ...border, indent: integer(0, 8), offset: integer(0, 10_000) },
        ),
      }),
      1000,
      0,
    ),
  },
  { block_id: text(255) },
);
