import { z } from 'zod';
import { StepFailure } from '../../domain/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Followed } from '../../ports/kubernetes.ts';
import type { Caller } from './caller.ts';
import { type ListCall, listAt } from './list.ts';
import { as } from './read.ts';
import { refusal } from './status.ts';

/** The server ends a watch after so long; then it is taken up where it was, with no list in between. */
const watchSeconds = 20;
/** A watch that is silent for longer than it may last is dead, although nobody closed it: a firewall, a lost machine. */
const idleMs = (watchSeconds + 5) * 1_000;
const firstPauseMs = 500;
const longestPauseMs = 5_000;

/** meta/v1 WatchEvent. */
const WatchEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});
const Versioned = z.object({ metadata: z.object({ resourceVersion: z.string().min(1) }) });

interface FollowOptions<Resource extends z.ZodType, Kept> {
  readonly caller: Caller;
  readonly clock: Clock;
  readonly list: ListCall;
  readonly resource: Resource;
  readonly keep: (resource: z.output<Resource>) => Kept;
  readonly idOf: (resource: z.output<Resource>) => string;
  readonly signal: AbortSignal;
}

/**
 * Lists, then watches from there. Whatever goes wrong (410 Gone, a cut connection, no server, no right to watch) leads
 * back to a list: a list is right whatever was missed. Without the right to watch it is a list every few seconds.
 */
export async function* follow<Resource extends z.ZodType, Kept>(
  options: FollowOptions<Resource, Kept>,
): AsyncGenerator<Followed<Kept>, void> {
  const { caller, clock, list, resource, keep, signal } = options;
  let pauseMs = firstPauseMs;
  while (!signal.aborted) {
    const began = clock.elapsed();
    try {
      const { items, resourceVersion } = await listAt(caller, list, resource, keep);
      if (signal.aborted) return;
      yield { kind: 'all', objects: items };
      yield* watchFrom(options, resourceVersion);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      if (!signal.aborted) yield { kind: 'lost', failure: error.toFailure() };
    }
    if (signal.aborted) return;
    // What held for a while and then broke is looked at again at once; what breaks at once must not be hammered.
    pauseMs = clock.elapsed() - began > longestPauseMs ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
    await clock.sleep(pauseMs, signal);
  }
}

/** Watches for as long as it can be taken up without a list; throws StepFailure when it cannot be opened. */
async function* watchFrom<Resource extends z.ZodType, Kept>(
  { caller, list, resource, keep, idOf, signal }: FollowOptions<Resource, Kept>,
  from: string,
): AsyncGenerator<Followed<Kept>, void> {
  const what = list.what.replace(/^list/, 'watch');
  let resourceVersion = from;
  while (!signal.aborted) {
    const query = {
      ...list.query,
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(watchSeconds),
      resourceVersion,
    };
    const opened = await caller.stream({ what, method: 'GET', path: list.path, query }, idleMs, signal);
    if (!('lines' in opened)) {
      if (opened.code === 410) return;
      throw refusal(what, opened);
    }
    let events = 0;
    const began = performance.now();
    for await (const line of opened.lines) {
      const { type, object } = as(WatchEvent, line, what);
      if (type === 'ERROR') return;
      events += 1;
      resourceVersion = as(Versioned, object, what).metadata.resourceVersion;
      if (type === 'BOOKMARK') continue;
      const parsed = as(resource, object, what);
      yield type === 'DELETED' ? { kind: 'gone', id: idOf(parsed) } : { kind: 'put', object: keep(parsed) };
    }
    // A server that ends a watch at once, without a word, is one that is going away.
    if (events === 0 && performance.now() - began < 1_000) return;
  }
}
