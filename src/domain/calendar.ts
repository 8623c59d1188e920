import { Temporal } from '@js-temporal/polyfill';
import { z } from 'zod';

/** A name of the IANA time zone database: `Europe/Berlin`, `UTC`. Offsets such as +02:00 know no daylight saving. */
export const TimeZone = z
  .string()
  .max(64)
  .refine((name) => /^[A-Za-z]/.test(name) && isTimeZone(name), {
    error: 'a time zone such as Europe/Berlin',
  });
export type TimeZone = z.infer<typeof TimeZone>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const Weekday = z.enum(weekdays);
export type Weekday = z.infer<typeof Weekday>;

const ClockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'a time of day such as 22:00');
const ClockEnd = z.union([ClockTime, z.literal('24:00')], { error: 'a time of day such as 06:00, or 24:00' });

/**
 * Hours in which nodes may be begun, as a clock on the wall of the time zone shows them. One that ends before it begins
 * lasts until the next day and belongs to the day on which it begins.
 */
export const Window = z
  .strictObject({
    days: z
      .array(Weekday)
      .min(1)
      .default([...weekdays]),
    from: ClockTime,
    to: ClockEnd,
    /** Absent: the policy's. */
    timeZone: TimeZone.optional(),
  })
  .refine(({ from, to }) => from !== to, { error: 'for a whole day say from 00:00 to 24:00' });
export type Window = z.infer<typeof Window>;

const Moment = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(text) && isMoment(text), {
    error: 'a day such as 2026-12-20, or a moment such as 2026-12-20T18:00',
  });

function isMoment(text: string): boolean {
  try {
    Temporal.PlainDateTime.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

/** A stretch of time by local date; a `to` that is a day ends with that day. */
export const Stretch = z
  .strictObject({
    from: Moment,
    to: Moment,
    reason: z.string().min(1).max(200),
    timeZone: TimeZone.optional(),
  })
  .refine(({ from, to }) => from <= to, { error: 'it ends before it begins', path: ['to'] });
export type Stretch = z.infer<typeof Stretch>;

/** When nodes may be begun: exceptions before freezes before windows; without windows at any time. */
export const calendarShape = {
  /** Of windows, freezes and exceptions that name none, and of times in commands. */
  timeZone: TimeZone.default('UTC'),
  windows: z.array(Window).max(50).default([]),
  /** Nothing is begun in one, window or not. */
  freezes: z.array(Stretch).max(200).default([]),
  /** Times at which nodes may be begun although a window or a freeze says no. */
  exceptions: z.array(Stretch).max(200).default([]),
};
export const Calendar = z.strictObject(calendarShape);
export type Calendar = z.infer<typeof Calendar>;
