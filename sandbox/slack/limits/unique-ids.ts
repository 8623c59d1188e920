import type { Problem } from './problem.ts';
import { isObject } from './problem.ts';

/** Slack: block_id is unique in a message or view, action_id is unique in its block. */
export function uniqueIds(blocks: readonly unknown[], pointer: string): Problem[] {
  const problems: Problem[] = [];
  const blockIds = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    if (!isObject(block)) continue;
    if (typeof block.block_id === 'string') {
      if (blockIds.has(block.block_id)) {
        problems.push(repeated('block_id', block.block_id, `${pointer}/${index}/block_id`));
      }
      blockIds.add(block.block_id);
    }
    problems.push(...uniqueActionIds(block, `${pointer}/${index}`));
  }
  return problems;
}

function uniqueActionIds(block: Record<string, unknown>, pointer: string): Problem[] {
  if (block.type !== 'actions' || !Array.isArray(block.elements)) return [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, element] of block.elements.entries()) {
    if (!isObject(element) || typeof element.action_id !== 'string') continue;
    if (seen.has(element.action_id)) {
      problems.push(repeated('action_id', element.action_id, `${pointer}/elements/${index}/action_id`));
    }
    seen.add(element.action_id);
  }
  return problems;
}

function repeated(field: string, value: string, pointer: string): Problem {
  return { message: `\`${field}\` "${value}" already exists`, pointer };
}
