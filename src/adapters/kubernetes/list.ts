import { z } from 'zod';
import { StepFailure } from '../../domain/failure.ts';
import type { Caller } from './caller.ts';
import type { Answer, Call } from './exchange.ts';
import { as, bodyAs } from './read.ts';

/** kubectl's and client-go's own page size. */
const pageSize = 500;
/** More than the objects of the largest supported cluster (150,000 pods). */
const mostPages = 2_000;
/** A continue token lives for some five minutes (etcd's compaction): a list that outlives it starts over. */
const mostStarts = 3;

/** What every list is, once its items are what is kept of them. */
const Page = z.object({
  metadata: z.object({ continue: z.string().optional(), resourceVersion: z.string().default('') }),
  items: z
    .array(z.unknown())
    .nullable()
    .transform((items) => items ?? []),
});

/**
 * All objects of a list, page by page. Each item is turned into what is kept of it as it arrives, so that of 30,000 pods no
 * two lie in memory as they came.
 */
export async function listAll<Resource extends z.ZodType, Kept>(
  caller: Caller,
  list: ListCall,
  resource: Resource,
  keep: (resource: z.output<Resource>) => Kept,
): Promise<Kept[]> {
  return (await listAt(caller, list, resource, keep)).items;
}

export interface ListCall {
  /** For messages: `list pods`. */
  readonly what: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
  /** Smaller where single objects may be large. */
  readonly pageSize?: number;
  /** Takes a 403 for an answer at once: a right that the bot does well without. */
  readonly mayBeForbidden?: boolean;
}

/** A right that the bot does well without is missing: not worth a second thought. */
export const isForbidden = ({ code }: Answer): boolean => code === 403;

/** All objects of a list, with the version from which they can be watched: that of the first page, as of all others. */
export async function listAt<Resource extends z.ZodType, Kept>(
  caller: Caller,
  list: ListCall,
  resource: Resource,
  keep: (resource: z.output<Resource>) => Kept,
): Promise<{ items: Kept[]; resourceVersion: string }> {
  const { what, path } = list;
  const keepItem = (item: unknown) => keep(as(resource, item, what));
  for (let start = 1; start <= mostStarts; start += 1) {
    const kept: Kept[] = [];
    let next: string | undefined;
    for (let page = 1; page <= mostPages; page += 1) {
      const query = { ...list.query, limit: String(list.pageSize ?? pageSize), continue: next };
      const accept = list.accept === undefined ? {} : { accept: list.accept };
      const call: Call = { what, method: 'GET', path, query, keep: keepItem, ...accept };
      const answer = await caller.call(call, list.mayBeForbidden ? isForbidden : undefined);
      if (answer.code === 410) break;
      const { metadata, items } = bodyAs(Page, answer, what);
      for (const item of items) kept.push(item as Kept);
      if (!metadata.continue) return { items: kept, resourceVersion: metadata.resourceVersion };
      next = metadata.continue;
    }
  }
  throw new StepFailure(
    'kubernetes.unavailable',
    `Could not ${what}: the list kept expiring while it was read.`,
  );
}
