import type { StoredEvent } from '../../domain/event.ts';
import type { RunId, UserId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import type { Trouble } from '../../domain/trouble.ts';
import type { Telling } from '../../ports/run-store.ts';
import { type Chronicle, emptyChronicle, told } from '../projection/chronicle.ts';
import type { Pressed, ProjectionContext } from '../projection/context.ts';
import { type ThreadLine, threadLines } from '../projection/thread-lines.ts';
import type { PublisherDeps } from './deps.ts';

/** Everything that is known of a run and has to be told: read from the store, kept up by reading on from there. */
export interface Manuscript {
  readonly run: Run;
  readonly chronicle: Chronicle;
  readonly telling: Telling;
  /** Thread lines that have not been posted, oldest first. */
  readonly lines: readonly ThreadLine[];
  /** Addresses of the messages of runs that this one is told with: what it takes back, what takes it back. */
  readonly links: ReadonlyMap<RunId, string>;
  /** Lines of which nobody knows whether they were posted; they are not posted again. */
  readonly missing: number;
}

/** How long a name is worth waiting for; a mention does as well. */
const namePatienceMs = 2_000;

/** Reads what is new. Begins where an earlier process left off. */
export async function readOn(
  deps: PublisherDeps,
  id: RunId,
  before: Manuscript | undefined,
): Promise<Manuscript | undefined> {
  const telling = before?.telling ?? (await deps.store.telling(id));
  if (telling === undefined) return undefined;
  const fromSeq = before?.chronicle.seq ?? 0;
  const events = await deps.store.events(id, fromSeq);
  // After the events: the run is then never behind what is told of it.
  const run = before !== undefined && events.length === 0 ? before.run : await deps.store.load(id);
  if (run === undefined) return undefined;

  const chronicle = told(before?.chronicle ?? emptyChronicle, events);
  const untold = events.filter(({ seq }) => seq > telling.toldSeq);
  const links = await linksOf(deps, relatedRuns(run, chronicle), before?.links);
  const context = contextFor(deps, run, { names: await namesIn(deps, untold), links });
  const fresh = threadLines(run, untold, context);
  if (before !== undefined) return { ...before, run, chronicle, links, lines: [...before.lines, ...fresh] };
  return { run, chronicle, telling, links, lines: fresh, missing: 0 };
}

/** The telling once it is known what became of the last post, or that nobody will know. */
export function settled(telling: Telling): Telling {
  const { postingSeq: _, postingAt: __, ...rest } = telling;
  return rest;
}

/**
 * Lines are through up to an event; `missing` of them and of earlier ones may never have arrived. Where a card is goes
 * down with its being told: it is never forgotten.
 */
export function toldUpTo(
  manuscript: Manuscript,
  lastSeq: number,
  missing: number,
  card: Readonly<Record<string, string>> = {},
): Manuscript {
  const telling = settled(manuscript.telling);
  return {
    ...manuscript,
    lines: manuscript.lines.filter(({ seq }) => seq > lastSeq),
    missing,
    telling: {
      ...telling,
      toldSeq: Math.max(telling.toldSeq, lastSeq),
      ...withCards({ ...telling.cards, ...card }),
    },
  };
}

/** What there is to remember of cards, as a part of a telling: nothing rather than an empty record. */
export function withCards(cards: Readonly<Record<string, string>>): Pick<Telling, 'cards'> {
  return Object.keys(cards).length === 0 ? {} : { cards };
}

/** The projection's context as of now. */
export function contextFor(
  deps: PublisherDeps,
  run: Run,
  options: {
    names?: ReadonlyMap<UserId, string>;
    links?: ReadonlyMap<RunId, string>;
    pressed?: Pressed | undefined;
    trouble?: Trouble | undefined;
  },
): ProjectionContext {
  return {
    now: deps.clock.now(),
    approvers: deps.approversOf(run.cluster),
    backups: deps.backupsOf(run.cluster),
    nameOf: (user) => options.names?.get(user),
    linkOf: (id) => options.links?.get(id),
    ...(deps.runbooks === undefined ? {} : { runbooks: deps.runbooks }),
    ...(options.pressed === undefined ? {} : { pressed: options.pressed }),
    ...(options.trouble === undefined ? {} : { trouble: options.trouble }),
  };
}

function relatedRuns({ plan }: Run, chronicle: Chronicle): RunId[] {
  const of = plan.purpose.kind === 'rollback' ? [plan.purpose.of] : [];
  return [...of, ...chronicle.rollbacks.map(({ run }) => run)];
}

/** Addresses of runs' messages; those that are not known yet are asked for again with the next news. */
async function linksOf(
  deps: PublisherDeps,
  runs: readonly RunId[],
  known: ReadonlyMap<RunId, string> = new Map(),
): Promise<ReadonlyMap<RunId, string>> {
  const missing = runs.filter((run) => !known.has(run));
  if (missing.length === 0 || deps.linkOf === undefined) return known;
  const links = new Map(known);
  const enough = new AbortController();
  const asked = missing.map(async (run) => {
    const link = await deps.linkOf?.(run).catch(() => undefined);
    if (link !== undefined) links.set(run, link);
  });
  await Promise.race([Promise.all(asked), deps.clock.sleep(namePatienceMs, enough.signal)]);
  enough.abort();
  return new Map(links);
}

/** Names of the people in some events, as far as they can be had soon. */
async function namesIn(
  deps: PublisherDeps,
  events: readonly StoredEvent[],
): Promise<ReadonlyMap<UserId, string>> {
  const users = new Set(
    events.flatMap(({ event }) =>
      'by' in event ? [event.by] : event.kind === 'answer-given' ? [event.answer.by] : [],
    ),
  );
  const names = new Map<UserId, string>();
  if (users.size === 0) return names;
  const enough = new AbortController();
  const asked = [...users].map(async (user) => {
    const name = await deps.nameOf(user).catch(() => undefined);
    if (name !== undefined) names.set(user, name);
  });
  await Promise.race([Promise.all(asked), deps.clock.sleep(namePatienceMs, enough.signal)]);
  enough.abort();
  return new Map(names);
}
