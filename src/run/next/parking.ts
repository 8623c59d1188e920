import type { ParkedFor } from '../../domain/course.ts';
import type { RunEvent } from '../../domain/event.ts';
import { instant } from '../../domain/names.ts';
import { type Opening, openingAt, opensFrom } from '../../domain/opening.ts';
import type { Turn } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { StepKind } from '../../domain/step.ts';
import type { PlacedBatch } from './turns.ts';

/** Why nothing new may be begun, and until when as far as that is known (milliseconds since the epoch). */
export interface Parking {
  readonly for: ParkedFor;
  readonly until?: number;
  readonly reason?: string;
}

/** What only looks, asks people or tidies up may be done at any time: a gate opened by day lets a run go on at night. */
const atAnyTime: ReadonlySet<StepKind> = new Set([
  'soak',
  'gate',
  'unmark-next-nodes',
  'verify-addons',
  'verify-cluster',
]);

/**
 * Whether a batch that nobody has touched may be begun: not during an incident, not outside the policy's windows, not
 * before the pause after the batch before it is over. Batches that only look or ask are held by incidents alone.
 */
export function parkingOf(run: Run, placed: PlacedBatch, now: number): Parking | undefined {
  const held = heldByIncident(run);
  if (held) return held;
  if (placed.batch.turns.every(onlyLooks)) return undefined;
  return closed(openingAt(run.plan.policy, now)) ?? pauseBefore(run, placed, now);
}

/** Why an approved run does not start yet; undefined when it may. */
export function startParking(run: Run, now: number): Parking | undefined {
  const { startAt } = run.course;
  const due = startAt === undefined ? now : Date.parse(startAt);
  if (due > now) return { for: 'start', until: due };
  return heldByIncident(run) ?? closed(openingAt(run.plan.policy, now));
}

/**
 * Whether an approval is too old to start on: it holds, from the first moment at which the run could have started, as
 * long as a proposal does. Nobody expects an upgrade to begin days later, when the bot is back.
 */
export function isStale(run: Run, now: number): boolean {
  const approved = run.approvals.at(-1);
  if (!approved) return false;
  const { startAt, parked } = run.course;
  // An approval in the last second of a window: the bot was there, and it was closed already.
  const held = parked?.for === 'window' || parked?.for === 'freeze' ? parked.since : undefined;
  const wanted = Math.max(...[approved.at, startAt, held].map((at) => Date.parse(at ?? approved.at)));
  const couldStart = opensFrom(run.plan.policy, wanted);
  const holdsMs = run.plan.policy.approvals.expireAfterMinutes * 60_000;
  return couldStart !== undefined && now - couldStart > holdsMs;
}

/** The event that makes the record say what holds the run now; none where it says so already. */
export function parkingEvents(run: Run, parking: Parking | undefined, now: number): RunEvent[] {
  const { parked } = run.course;
  const at = instant(now);
  if (!parking) return parked ? [{ kind: 'run-unparked', at }] : [];
  const until = parking.until === undefined ? undefined : instant(parking.until);
  if (parked?.for === parking.for && parked.until === until && parked.reason === parking.reason) return [];
  return [
    {
      kind: 'run-parked',
      at,
      for: parking.for,
      ...(until === undefined ? {} : { until }),
      ...(parking.reason === undefined ? {} : { reason: parking.reason }),
    },
  ];
}

/** A rollback is what an incident may be waiting for. */
function heldByIncident({ course, kind }: Run): Parking | undefined {
  if (kind === 'rollback') return undefined;
  const [incident] = course.incidents;
  return incident && { for: 'incident', reason: incident.name };
}

function closed(opening: Opening): Parking | undefined {
  if (opening.open) return undefined;
  const { because, reason, opensAt } = opening;
  return {
    for: because,
    ...(opensAt === undefined ? {} : { until: opensAt }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function onlyLooks({ steps }: Turn): boolean {
  return steps.every(({ kind }) => atAnyTime.has(kind));
}

/** Policy's pause, before the first of what belongs to a batch of workers: what is noted before it, or its nodes. */
function pauseBefore(run: Run, placed: PlacedBatch, now: number): Parking | undefined {
  const { pauseSeconds } = run.plan.policy.workers;
  if (pauseSeconds === 0 || !beginsWorkers(placed) || !comesAfterWorkers(placed)) return undefined;
  const until = endOf(run, placed.previous) + pauseSeconds * 1_000;
  // The clock was set back since: a pause is never longer than policy says.
  return until > now && until - now <= pauseSeconds * 1_000 ? { for: 'pause', until } : undefined;
}

function beginsWorkers(placed: PlacedBatch): boolean {
  return isRecord(placed) || (takesWorkers(placed) && !(placed.previous && isRecord(placed.previous)));
}

const takesWorkers = ({ phase, batch }: PlacedBatch): boolean =>
  (phase.kind === 'canary' || phase.kind === 'workers') &&
  batch.turns.some(({ subject }) => subject.kind === 'node');

const isRecord = ({ batch }: PlacedBatch): boolean =>
  batch.turns.some(({ steps }) => steps.some(({ kind }) => kind === 'record-workloads'));

/** Whether workers come before it, with nothing in between but what is looked at and asked. */
function comesAfterWorkers({ previous }: PlacedBatch): boolean {
  for (let before = previous; before !== undefined; before = before.previous) {
    if (takesWorkers(before)) return true;
    if (!['canary', 'workers', 'gate'].includes(before.phase.kind)) return false;
  }
  return false;
}

function endOf(run: Run, placed: PlacedBatch | undefined): number {
  const ends = (placed?.batch.turns ?? []).flatMap(({ steps }) =>
    steps.flatMap(({ key }) => run.steps.get(key)?.endedAt ?? []),
  );
  return Math.max(0, ...ends.map((end) => Date.parse(end)));
}
