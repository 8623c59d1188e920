import { Temporal } from '@js-temporal/polyfill';
import { type Calendar, type Stretch, type Window, weekdays } from './calendar.ts';

/** Whether nodes may be begun at a moment. Moments are in milliseconds since the epoch. */
export type Opening =
  | { readonly open: true /** Absent: it never closes as far as is known. */; readonly closesAt?: number }
  | {
      readonly open: false;
      readonly because: 'window' | 'freeze';
      /** The freeze's own reason. */
      readonly reason?: string;
      /** Absent: it does not open again within the time that is looked at. */
      readonly opensAt?: number;
    };

interface Span {
  readonly start: number;
  readonly end: number;
  readonly reason: string;
}

interface Spans {
  readonly exceptions: readonly Span[];
  readonly freezes: readonly Span[];
}

/** A week and the days on both sides: every window that there is comes in it. */
const daysBehind = 1;
const daysAhead = 8;
/** Boundaries that are gone through in search of the next opening: years of freezes. */
const mostBoundaries = 500;

/**
 * Whether nodes may be begun now. Daylight saving is as in RFC 5545 section 3.3.5: a local time that is skipped counts by
 * the offset before the gap, so an hour later; of one that comes twice the first counts.
 */
export function openingAt(calendar: Calendar, now: number): Opening {
  if (calendar.windows.length === 0 && calendar.freezes.length === 0) return { open: true };
  const known = remembered.get(calendar);
  if (known && known.from <= now && now < known.until) return known.opening;
  const spans = spansOf(calendar);
  const next = nextBoundary(calendar, spans, now);
  const opening = openingOf(calendar, spans, now);
  remembered.set(calendar, { from: now, until: next ?? now, opening });
  return opening;
}

/** Between two boundaries nothing changes, and a large run asks a thousand times a minute. */
const remembered = new WeakMap<Calendar, { from: number; until: number; opening: Opening }>();

/** The next moment from `after` on at which it opens, or `after` itself while it is open. */
export function opensFrom(calendar: Calendar, after: number): number | undefined {
  const opening = openingAt(calendar, after);
  return opening.open ? after : opening.opensAt;
}

/** The next opening that has not begun yet; undefined where it is open for good, or never. */
export function nextOpening(calendar: Calendar, after: number): number | undefined {
  const opening = openingAt(calendar, after);
  if (!opening.open) return opening.opensAt;
  return opening.closesAt === undefined ? undefined : opensFrom(calendar, opening.closesAt);
}

/** The next moment at which a clock in the calendar's zone shows a time of day (`22:00`), later than `after`. */
export function nextTimeOfDay({ timeZone }: Pick<Calendar, 'timeZone'>, time: string, after: number): number {
  const today = dateIn(timeZone, after);
  const moments = [0, 1, 2].map((days) => momentOn(today.add({ days }), time, timeZone));
  return moments.find((moment) => moment > after) ?? after;
}

/** A local date and time (`2026-12-20T18:00`) of the calendar's zone. Throws RangeError for what is none. */
export function localMoment({ timeZone }: Pick<Calendar, 'timeZone'>, text: string): number {
  return Temporal.PlainDateTime.from(text, { overflow: 'reject' }).toZonedDateTime(timeZone)
    .epochMilliseconds;
}

function openingOf(calendar: Calendar, spans: Spans, now: number): Opening {
  const state = stateAt(calendar, spans, now);
  let moment = now;
  for (let passed = 0; passed < mostBoundaries; passed += 1) {
    const next = nextBoundary(calendar, spans, moment);
    if (next === undefined) break;
    moment = next;
    if (stateAt(calendar, spans, moment).open !== state.open) {
      return state.open ? { ...state, closesAt: moment } : { ...state, opensAt: moment };
    }
    const freeze = state.open ? undefined : spans.freezes.find((span) => covers(span, moment));
    // The windows inside a freeze open nothing; only an exception does.
    if (freeze) moment = Math.min(freeze.end - 1, nextStart(spans.exceptions, moment) - 1);
  }
  return state;
}

type State = { readonly open: true } | Pick<Extract<Opening, { open: false }>, 'open' | 'because' | 'reason'>;

function stateAt(calendar: Calendar, { exceptions, freezes }: Spans, now: number): State {
  if (exceptions.some((span) => covers(span, now))) return { open: true };
  const freeze = freezes.find((span) => covers(span, now));
  if (freeze) return { open: false, because: 'freeze', reason: freeze.reason };
  if (calendar.windows.length === 0) return { open: true };
  const within = calendar.windows.some((window) =>
    occurrences(window, calendar, now, [-daysBehind, 0]).some((span) => covers(span, now)),
  );
  return within ? { open: true } : { open: false, because: 'window' };
}

function nextBoundary(calendar: Calendar, spans: Spans, after: number): number | undefined {
  const windows = calendar.windows.flatMap((window) =>
    occurrences(window, calendar, after, [-daysBehind, daysAhead]),
  );
  const boundaries = [...spans.exceptions, ...spans.freezes, ...windows].flatMap(({ start, end }) => [
    start,
    end,
  ]);
  const next = Math.min(...boundaries.filter((moment) => moment > after));
  return Number.isFinite(next) ? next : undefined;
}

function nextStart(spans: readonly Span[], after: number): number {
  return Math.min(...spans.map(({ start }) => start).filter((start) => start > after));
}

/** The times that a window comes on the days around a moment, in its own zone. */
function occurrences(
  { days, from, to, timeZone }: Window,
  calendar: Pick<Calendar, 'timeZone'>,
  around: number,
  [first, last]: readonly [number, number],
): { start: number; end: number }[] {
  const zone = timeZone ?? calendar.timeZone;
  const today = dateIn(zone, around);
  const spans: { start: number; end: number }[] = [];
  for (let offset = first; offset <= last; offset += 1) {
    const date = today.add({ days: offset });
    const weekday = weekdays[date.dayOfWeek - 1];
    if (weekday === undefined || !days.includes(weekday)) continue;
    const lastsOvernight = to === '24:00' || to < from;
    const end = momentOn(date.add({ days: lastsOvernight ? 1 : 0 }), to === '24:00' ? '00:00' : to, zone);
    spans.push({ start: momentOn(date, from, zone), end });
  }
  return spans;
}

function spansOf({ timeZone, freezes, exceptions }: Calendar): Spans {
  const spanOf = (stretch: Stretch): Span => {
    const zone = stretch.timeZone ?? timeZone;
    const end = stretch.to.includes('T')
      ? localMoment({ timeZone: zone }, stretch.to)
      : momentOn(Temporal.PlainDate.from(stretch.to).add({ days: 1 }), '00:00', zone);
    return { start: localMoment({ timeZone: zone }, stretch.from), end, reason: stretch.reason };
  };
  return { exceptions: exceptions.map(spanOf), freezes: freezes.map(spanOf) };
}

const covers = ({ start, end }: Pick<Span, 'start' | 'end'>, moment: number): boolean =>
  start <= moment && moment < end;

function dateIn(timeZone: string, moment: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(moment).toZonedDateTimeISO(timeZone).toPlainDate();
}

function momentOn(date: Temporal.PlainDate, time: string, timeZone: string): number {
  return date.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
}
