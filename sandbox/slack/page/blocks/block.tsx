import type { TextObject } from '@slack/types';
import { assertNever } from '../../assert-never.ts';

import type { Block } from '../../state/model.ts';
import type { Element } from '../../state/view-values.ts';
import type { SurfaceProps } from '../live/surface.ts';
import { Icon } from '../parts/icon.tsx';
import { Mrkdwn, PlainText } from '../parts/mrkdwn.tsx';
import { ElementControl } from './element.tsx';
import { Field } from './field.tsx';
import { Plan, TaskCard } from './plan.tsx';
import { RichText } from './rich-text.tsx';
import { TableView } from './table.tsx';

/** Blocks, one below the other. */
export function Blocks({ blocks, surface }: { blocks: readonly Block[]; surface: SurfaceProps }) {
  return (
    <div class="blocks">
      {blocks.map((block, at) => (
        <BlockView key={keyOf(block, at)} block={block} surface={surface} />
      ))}
    </div>
  );
}

/**
 * The position keeps a button the same button when its message is edited, so that focus stays on it. An input is the
 * same input only while its block_id is: that is how an app empties a form.
 */
function keyOf(block: Block, at: number): string {
  return `${at}-${block.type}-${block.type === 'input' ? block.block_id : ''}`;
}

function BlockView({ block, surface }: { block: Block; surface: SurfaceProps }) {
  const { state } = surface;
  switch (block.type) {
    case 'section':
      return <Section block={block} surface={surface} />;
    case 'header':
      return (
        <h3 class="block-header">
          <PlainText text={block.text.text} />
        </h3>
      );
    case 'divider':
      return <hr class="block-divider" />;
    case 'context':
      return (
        <div class="block-context">
          {block.elements.map((entry, at) =>
            entry.type === 'image' ? (
              <Picture key={at} text={entry.alt_text} />
            ) : (
              <Text key={at} text={entry} surface={surface} />
            ),
          )}
        </div>
      );
    case 'actions':
      return (
        <div class="block-actions">
          {block.elements.map((entry, at) => {
            const element = entry as unknown as Element;
            return (
              <ElementControl
                key={element.action_id ?? at}
                element={element}
                blockId={block.block_id}
                surface={surface}
              />
            );
          })}
        </div>
      );
    case 'input':
      return <Field block={block} surface={surface} />;
    case 'rich_text':
      return <RichText block={block} state={state} />;
    case 'plan':
      return <Plan block={block} state={state} />;
    case 'task_card':
      return (
        <ul class="tasks tasks-alone">
          <TaskCard task={block} state={state} />
        </ul>
      );
    case 'table':
      return <TableView block={block} state={state} />;
    case 'alert':
      return (
        <div class={`block-alert alert-${block.level ?? 'default'}`} role="note">
          <Icon name={block.level === 'success' ? 'check' : 'alert'} />
          <Text text={block.text} surface={surface} />
        </div>
      );
    case 'image':
      return <Picture text={block.alt_text} />;
    case 'markdown':
      return <pre class="block-markdown">{block.text}</pre>;
    default:
      return assertNever(block);
  }
}

function Section({ block, surface }: { block: Extract<Block, { type: 'section' }>; surface: SurfaceProps }) {
  const accessory = block.accessory as unknown as Element | undefined;
  return (
    <div class="block-section">
      <div class="block-section-body">
        {block.text !== undefined && <Text text={block.text} surface={surface} />}
        {block.fields !== undefined && (
          <div class="block-fields">
            {block.fields.map((field, at) => (
              <Text key={at} text={field} surface={surface} />
            ))}
          </div>
        )}
      </div>
      {accessory !== undefined && (
        <div class="block-accessory">
          <ElementControl element={accessory} blockId={block.block_id} surface={surface} />
        </div>
      )}
    </div>
  );
}

function Text({ text, surface }: { text: TextObject; surface: SurfaceProps }) {
  if (text.type === 'plain_text') return <PlainText text={text.text} />;
  return <Mrkdwn text={text.text} state={surface.state} />;
}

/** The workspace loads nothing from elsewhere, so a picture is its description. */
function Picture({ text }: { text: string }) {
  return <span class="picture">{text}</span>;
}
