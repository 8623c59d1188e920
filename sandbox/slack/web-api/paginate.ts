import { ApiError } from './api-error.ts';
import type { Arguments } from './arguments.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly response_metadata: { readonly next_cursor: string };
}

/** Slack's cursors: opaque, empty at the end. `limit` is 100 unless given, at most 1000. */
export function paginate<T>(all: readonly T[], args: Arguments): Page<T> {
  const limit = args.integer('limit') ?? 100;
  if (limit < 1 || limit > 1000) throw new ApiError('invalid_limit');
  const start = decode(args.text('cursor'));
  if (start === undefined || start > all.length) throw new ApiError('invalid_cursor');
  const end = start + limit;
  const next = end < all.length ? Buffer.from(`from:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), response_metadata: { next_cursor: next } };
}

function decode(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return 0;
  const match = /^from:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8'));
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
