import { checkBlocks } from '../limits/blocks.ts';
import type { Problem } from '../limits/problem.ts';
import { isObject } from '../limits/problem.ts';
import { blocksTooLong } from '../limits/size.ts';
import { checkView, maxViewBytes } from '../limits/view.ts';
import { newBlockId } from '../state/ids.ts';
import type { Block } from '../state/model.ts';
import type { ViewContent } from '../state/views.ts';

export type Accepted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string; readonly problems: readonly Problem[] };

/** Blocks of a message, checked and with the ids that Slack fills in. */
export function acceptBlocks(blocks: unknown, withheld: ReadonlySet<string>): Accepted<Block[]> {
  if (!Array.isArray(blocks)) return { ok: false, error: 'invalid_blocks_format', problems: [] };
  const problems = checkBlocks(blocks, '/blocks', { surface: 'message', withheld });
  if (problems.length > 0) return { ok: false, error: 'invalid_blocks', problems };
  const tables = blocks.filter((block) => isObject(block) && block.type === 'table').length;
  if (tables > 1) {
    return {
      ok: false,
      error: 'invalid_attachments',
      problems: [{ message: 'only_one_table_allowed', pointer: '/blocks' }],
    };
  }
  const value = withIds(blocks);
  if (blocksTooLong(value)) return { ok: false, error: 'msg_blocks_too_long', problems: [] };
  return { ok: true, value };
}

/** A modal or Home view, checked and with the ids that Slack fills in. */
export function acceptView(
  view: unknown,
  type: 'modal' | 'home',
  withheld: ReadonlySet<string>,
): Accepted<ViewContent> {
  if (Buffer.byteLength(JSON.stringify(view) ?? '') > maxViewBytes) {
    return { ok: false, error: 'view_too_large', problems: [] };
  }
  const problems = checkView(view, type, withheld);
  if (problems.length > 0 || !isObject(view)) return { ok: false, error: 'invalid_arguments', problems };
  return {
    ok: true,
    value: {
      title: plain(view.title) ?? '',
      submit: plain(view.submit),
      close: plain(view.close),
      blocks: withIds(view.blocks as unknown[]),
      privateMetadata: string(view.private_metadata),
      callbackId: string(view.callback_id),
      externalId: string(view.external_id),
      clearOnClose: view.clear_on_close === true,
      notifyOnClose: view.notify_on_close === true,
    },
  };
}

/** The blocks have been checked by now, which is what makes the assertion true. */
function withIds(blocks: readonly unknown[]): Block[] {
  return blocks.filter(isObject).map((block) => {
    const copy = structuredClone(block);
    copy.block_id ??= newBlockId();
    const elements = [copy.accessory, copy.element, ...(Array.isArray(copy.elements) ? copy.elements : [])];
    if (copy.type === 'actions' || copy.type === 'section' || copy.type === 'input') {
      for (const element of elements) {
        if (isObject(element) && element.type !== 'image') element.action_id ??= newBlockId();
      }
    }
    return copy as unknown as Block;
  });
}

function plain(value: unknown): string | undefined {
  return isObject(value) && typeof value.text === 'string' ? value.text : undefined;
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
