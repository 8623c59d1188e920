import { checkBlocks } from './blocks.ts';
import { plainText } from './composition.ts';
import type { Problem } from './problem.ts';
import { flag, isObject, object, oneOf, text } from './problem.ts';

const shared = {
  /** Slack: private_metadata 3000, callback_id and external_id 255 characters. */
  private_metadata: text(3000, 0),
  callback_id: text(255, 0),
  external_id: text(255, 0),
};

const home = object({ type: oneOf('home'), blocks: () => undefined }, shared);

/** Slack: title, submit and close 24 characters. */
const modal = object(
  { type: oneOf('modal'), title: plainText(24), blocks: () => undefined },
  { ...shared, close: plainText(24), submit: plainText(24), clear_on_close: flag, notify_on_close: flag },
);

/** Slack: a view of more than 250 kB is `view_too_large`. */
export const maxViewBytes = 250_000;

/**
 * Checks a view as Slack would and lists every problem found.
 * @param allowed the type this call takes: `views.publish` home, all others modal.
 */
export function checkView(
  view: unknown,
  allowed: 'modal' | 'home',
  withheld: ReadonlySet<string>,
): Problem[] {
  const problems: Problem[] = [];
  if (!isObject(view)) return [{ message: 'must provide an object', pointer: '/view' }];
  if (view.type !== allowed) {
    const shown = typeof view.type === 'string' ? view.type : 'none';
    return [{ message: `unsupported type: ${shown}`, pointer: '/view/type' }];
  }
  (allowed === 'home' ? home : modal)(view, '/view', problems);
  problems.push(...checkBlocks(view.blocks, '/view/blocks', { surface: allowed, withheld }));
  if (allowed === 'modal' && view.submit === undefined && Array.isArray(view.blocks)) {
    for (const [index, block] of view.blocks.entries()) {
      if (isObject(block) && block.type === 'input') {
        const message = 'must define `submit` to use an `input` block in modals';
        problems.push({ message, pointer: `/view/blocks/${index}/input` });
      }
    }
  }
  return problems;
}
