import type { BatchSize, Policy } from '../domain/policy.ts';

/**
 * How many workers a batch has: a count, or a share of all the cluster's workers, rounded down so that the share is
 * never exceeded, but at least one.
 */
export function batchSize(size: BatchSize, workers: number): number {
  if (typeof size === 'number') return size;
  return Math.max(1, Math.floor((workers * Number.parseInt(size, 10)) / 100));
}

/** The items in groups of a size, in order; the last group may be smaller. */
export function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size));
  return batches;
}

/** Splits ordered workers into the canaries, taken alone, and the batches of the others. */
export function splitWorkers<Item>(
  ordered: readonly Item[],
  all: number,
  policy: Pick<Policy, 'workers'>,
): { canaries: Item[]; batches: Item[][] } {
  const { canary, batch } = policy.workers;
  return {
    canaries: ordered.slice(0, canary),
    batches: inBatches(ordered.slice(canary), batchSize(batch, all)),
  };
}
