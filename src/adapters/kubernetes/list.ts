import { z } from 'zod';
import { StepFailure } from '../../domain/failure.ts';
import type { Caller } from './caller.ts';
import { bodyAs } from './read.ts';

/** kubectl's and client-go's own page size. */
const pageSize = '500';
/** More than the objects of the largest supported cluster (150,000 pods). */
const mostPages = 2_000;
/** A continue token lives for some five minutes (etcd's compaction): a list that outlives it starts over. */
const mostStarts = 3;

/**
 * All objects of a list, page by page. Each page is turned into what is kept of it before the next one is asked for, so
 * that 30,000 pods never lie in memory as they came.
 */
export async function listAll<Resource extends z.ZodType, Kept>(
  caller: Caller,
  list: { what: string; path: string; query?: Readonly<Record<string, string | undefined>> },
  resource: Resource,
  keep: (resource: z.output<Resource>) => Kept,
): Promise<Kept[]> {
  const Page = z.object({
    metadata: z.object({ continue: z.string().optional() }),
    items: z
      .array(resource)
      .nullable()
      .transform((items) => items ?? []),
  });
  for (let start = 1; start <= mostStarts; start += 1) {
    const kept: Kept[] = [];
    let next: string | undefined;
    for (let page = 1; page <= mostPages; page += 1) {
      const query = { ...list.query, limit: pageSize, continue: next };
      const answer = await caller.call({ what: list.what, method: 'GET', path: list.path, query });
      if (answer.code === 410) break;
      const { metadata, items } = bodyAs(Page, answer, list.what);
      for (const item of items) kept.push(keep(item));
      if (!metadata.continue) return kept;
      next = metadata.continue;
    }
  }
  throw new StepFailure(
    'kubernetes.unavailable',
    `Could not ${list.what}: the list kept expiring while it was read.`,
  );
}
