import { isObject } from './problem.ts';

/** Slack: chat.postMessage truncates beyond 40,000 characters; here it is refused so that nothing is cut silently. */
export const maxPostText = 40_000;

/** Slack: chat.update takes 4,000 characters of text, then `msg_too_long`. */
export const maxUpdateText = 4_000;

/**
 * Slack refuses a message's blocks with `msg_blocks_too_long` somewhere past 12,000 characters in total; the rule is
 * not documented (slackapi/bolt-js#2509). Counted here: every text in the tree, and a little for each container.
 */
const maxBlocksText = 12_000;
const containerCost = 50;

export function blocksTooLong(blocks: readonly unknown[]): boolean {
  return measure(blocks) > maxBlocksText;
}

function measure(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + measure(entry), 0);
  if (!isObject(value)) return 0;
  let sum = typeof value.block_id === 'string' || value.type === 'task_card' ? containerCost : 0;
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry === 'string') sum += name === 'text' || name === 'title' ? entry.length : 0;
    else sum += measure(entry);
  }
  return sum;
}
