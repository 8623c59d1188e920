import { mrkdwn, plainText, textObject, typeField, url } from './composition.ts';
import { imageElement, inputs, interactive, taskStatus, urlSource } from './elements.ts';
import type { Check, Problem } from './problem.ts';
import { also, byType, flag, isObject, list, object, oneOf, text } from './problem.ts';
import { richTextBlock } from './rich-text.ts';
import { uniqueIds } from './unique-ids.ts';

/** Where blocks are shown; each surface takes its own kinds of blocks and its own number of them. */
export type Surface = 'message' | 'modal' | 'home';

/** Slack: 50 blocks in a message, 100 in a modal or a Home tab. */
const maxBlocks: Record<Surface, number> = { message: 50, modal: 100, home: 100 };

function block(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return object({ type: typeField, ...required }, { block_id: text(255), ...optional });
}

/** Slack: section text 3000; 10 fields of 2000; text or fields must be there. */
const section = also(
  block(
    {},
    {
      text: textObject(3000),
      fields: list(textObject(2000), 10),
      accessory: byType({ ...interactive, image: imageElement }),
      expand: flag,
    },
  ),
  (value, pointer, problems) => {
    if (value.text === undefined && value.fields === undefined) {
      problems.push({ message: 'missing required field: text or fields', pointer });
    }
  },
);

const input = block(
  { label: plainText(2000), element: byType(inputs) },
  { hint: plainText(2000), optional: flag, dispatch_action: flag },
);

const taskCard = block(
  { task_id: text(255), title: text(3000), status: taskStatus },
  { details: richTextBlock, output: richTextBlock, sources: list(urlSource, 100) },
);

const cell = byType({
  rich_text: richTextBlock,
  raw_text: object({ type: typeField, text: text(3000) }),
  raw_number: object({ type: typeField, value: () => undefined, text: text(3000) }),
});

const everywhere: Record<string, Check> = {
  section,
  /** Slack: header 150. */
  header: block({ text: plainText(150) }),
  divider: block({}),
  /** Slack: 10 elements in a context block. */
  context: block({ elements: list(contextElement(), 10) }),
  /** Slack: 25 elements in an actions block. */
  actions: block({ elements: list(byType(interactive), 25) }),
  rich_text: richTextBlock,
  image: block(
    { alt_text: text(2000) },
    { image_url: url, slack_file: () => undefined, title: plainText(2000) },
  ),
  input,
};

const surfaces: Record<Surface, Record<string, Check>> = {
  message: {
    ...everywhere,
    markdown: block({ text: text(12_000) }),
    /** Slack: a table has at most 100 rows of 20 cells. */
    table: block({ rows: list(list(cell, 20), 100) }, { column_settings: list(() => undefined, 20) }),
    task_card: taskCard,
    plan: block({ title: text(3000) }, { tasks: list(byType({ task_card: taskCard }), 50) }),
  },
  modal: {
    ...everywhere,
    alert: block(
      { text: textObject(3000) },
      { level: oneOf('default', 'info', 'warning', 'error', 'success') },
    ),
  },
  home: everywhere,
};

export interface BlockRules {
  readonly surface: Surface;
  /** Block types this workspace has not been given yet, so that an app's fallback can be tried. */
  readonly withheld: ReadonlySet<string>;
}

/**
 * Checks an array of blocks as Slack would and lists every problem found.
 * @param pointer where the array stands in the call: `/blocks` in messages, `/view/blocks` in views.
 */
export function checkBlocks(blocks: unknown, pointer: string, rules: BlockRules): Problem[] {
  const kinds = Object.fromEntries(
    Object.entries(surfaces[rules.surface]).filter(([type]) => !rules.withheld.has(type)),
  );
  const problems: Problem[] = [];
  list(byType(kinds), maxBlocks[rules.surface], 0)(blocks, pointer, problems);
  if (Array.isArray(blocks)) problems.push(...uniqueIds(blocks, pointer));
  return problems;
}

function contextElement(): Check {
  const variants = byType({
    plain_text: plainText(2000),
    mrkdwn: mrkdwn(2000),
    image: imageElement,
  });
  return (value, pointer, problems) => {
    if (isObject(value)) variants(value, pointer, problems);
    else problems.push({ message: 'must provide an object', pointer });
  };
}
