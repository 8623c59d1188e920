import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Calendar } from '../../src/domain/calendar.ts';
import {
  localMoment,
  nextOpening,
  nextTimeOfDay,
  type Opening,
  openingAt,
  opensFrom,
} from '../../src/domain/opening.ts';

const berlin = (rest: Record<string, unknown>): Calendar =>
  Calendar.parse({ timeZone: 'Europe/Berlin', ...rest });
const at = (utc: string): number => Date.parse(utc);
const shown = (opening: Opening) => ({
  ...opening,
  ...('opensAt' in opening ? { opensAt: new Date(opening.opensAt ?? 0).toISOString() } : {}),
  ...('closesAt' in opening ? { closesAt: new Date(opening.closesAt ?? 0).toISOString() } : {}),
});

const nights = berlin({ windows: [{ days: ['mon', 'tue'], from: '22:00', to: '06:00' }] });

describe('windows', () => {
  test('without any it is always open', () => {
    expect(openingAt(berlin({}), 0)).toEqual({ open: true });
  });

  test('one that lasts overnight belongs to the day on which it begins', () => {
    // 2026-11-24 is a Tuesday, 22:00 in Berlin is 21:00 UTC in winter.
    expect(shown(openingAt(nights, at('2026-11-24T20:59:59Z')))).toEqual({
      open: false,
      because: 'window',
      opensAt: '2026-11-24T21:00:00.000Z',
    });
    expect(shown(openingAt(nights, at('2026-11-25T04:59:59Z')))).toEqual({
      open: true,
      closesAt: '2026-11-25T05:00:00.000Z',
    });
    expect(shown(openingAt(nights, at('2026-11-25T05:00:00Z')))).toMatchObject({
      open: false,
      opensAt: '2026-11-30T21:00:00.000Z',
    });
  });

  test('the same hours by the wall in summer and in winter', () => {
    const daily = berlin({ windows: [{ from: '22:00', to: '24:00' }] });
    expect(shown(openingAt(daily, at('2026-07-01T12:00:00Z')))).toMatchObject({
      opensAt: '2026-07-01T20:00:00.000Z',
    });
    expect(shown(openingAt(daily, at('2026-12-01T12:00:00Z')))).toMatchObject({
      opensAt: '2026-12-01T21:00:00.000Z',
    });
  });

  test('over the night of the change to summer a window that names a skipped hour counts an hour later', () => {
    const skipped = berlin({ windows: [{ from: '02:30', to: '05:00' }] });
    // 2027-03-28: 02:00 becomes 03:00 in Berlin.
    expect(shown(openingAt(skipped, at('2027-03-28T00:00:00Z')))).toMatchObject({
      opensAt: '2027-03-28T01:30:00.000Z',
    });
    expect(shown(openingAt(skipped, at('2027-03-28T01:30:00Z')))).toEqual({
      open: true,
      closesAt: '2027-03-28T03:00:00.000Z',
    });
  });

  test('over the night of the change to winter the first of two equal hours counts, and nothing flaps', () => {
    const twice = berlin({ windows: [{ from: '22:00', to: '02:30' }] });
    // 2026-10-25: 03:00 becomes 02:00 in Berlin; 02:30 is 00:30 UTC, then 01:30 UTC.
    expect(shown(openingAt(twice, at('2026-10-25T00:29:59Z')))).toMatchObject({
      open: true,
      closesAt: '2026-10-25T00:30:00.000Z',
    });
    expect(openingAt(twice, at('2026-10-25T01:10:00Z')).open).toBe(false);
  });

  test('windows that touch are one', () => {
    const touching = berlin({
      windows: [
        { from: '20:00', to: '24:00' },
        { from: '00:00', to: '04:00', timeZone: 'Europe/Berlin' },
      ],
    });
    expect(shown(openingAt(touching, at('2026-11-24T20:00:00Z')))).toEqual({
      open: true,
      closesAt: '2026-11-25T03:00:00.000Z',
    });
  });
});

describe('freezes and exceptions', () => {
  const frozen = berlin({
    windows: [{ from: '22:00', to: '06:00' }],
    freezes: [{ from: '2026-12-18', to: '2027-01-03', reason: 'year end' }],
    exceptions: [{ from: '2026-12-28T12:00', to: '2026-12-28T14:00', reason: 'security fix' }],
  });

  test('a freeze by days ends with its last day, and then the next window opens it', () => {
    expect(shown(openingAt(frozen, at('2026-12-30T22:00:00Z')))).toEqual({
      open: false,
      because: 'freeze',
      reason: 'year end',
      opensAt: '2027-01-03T23:00:00.000Z',
    });
  });

  test('a freeze closes an open window in its middle', () => {
    expect(shown(openingAt(frozen, at('2026-12-17T22:00:00Z')))).toEqual({
      open: true,
      closesAt: '2026-12-17T23:00:00.000Z',
    });
  });

  test('an exception opens in the middle of a freeze and outside a window', () => {
    expect(shown(openingAt(frozen, at('2026-12-20T00:00:00Z')))).toMatchObject({
      opensAt: '2026-12-28T11:00:00.000Z',
    });
    expect(shown(openingAt(frozen, at('2026-12-28T12:00:00Z')))).toEqual({
      open: true,
      closesAt: '2026-12-28T13:00:00.000Z',
    });
  });

  test('a freeze without windows is over when it ends', () => {
    const only = berlin({ freezes: [{ from: '2026-12-18', to: '2026-12-20', reason: 'sale' }] });
    expect(opensFrom(only, at('2026-12-19T00:00:00Z'))).toBe(at('2026-12-20T23:00:00Z'));
    expect(opensFrom(only, at('2026-12-21T00:00:00Z'))).toBe(at('2026-12-21T00:00:00Z'));
  });
});

test('the next window is never the one that is open', () => {
  expect(nextOpening(nights, at('2026-11-24T22:00:00Z'))).toBe(at('2026-11-30T21:00:00Z'));
  expect(nextOpening(nights, at('2026-11-24T12:00:00Z'))).toBe(at('2026-11-24T21:00:00Z'));
});

test('a time of day is the next one, today or tomorrow', () => {
  expect(nextTimeOfDay(nights, '22:00', at('2026-11-24T12:00:00Z'))).toBe(at('2026-11-24T21:00:00Z'));
  expect(nextTimeOfDay(nights, '22:00', at('2026-11-24T21:00:00Z'))).toBe(at('2026-11-25T21:00:00Z'));
  expect(localMoment(nights, '2026-12-24T08:00')).toBe(at('2026-12-24T07:00:00Z'));
});

test('of any calendar: at the moment that it names it opens, and is closed until then', () => {
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const window = fc.record({
    days: fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], { minLength: 1 }),
    from: time,
    to: time,
    timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC'),
  });
  fc.assert(
    fc.property(
      fc.array(
        window.filter(({ from, to }) => from !== to),
        { minLength: 1, maxLength: 3 },
      ),
      fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (windows, now, share) => {
        const opening = openingAt(berlin({ windows }), now);
        const until = opening.open ? opening.closesAt : opening.opensAt;
        if (until === undefined) return;
        // Other objects, so that nothing is remembered.
        expect(openingAt(berlin({ windows }), until).open).toBe(!opening.open);
        const between = now + Math.floor((until - now) * share);
        expect(openingAt(berlin({ windows }), between).open).toBe(opening.open);
      },
    ),
    { seed: 20_261_123, numRuns: 60 },
  );
});

test('what is no time, no zone or the wrong way round is refused', () => {
  const windows = (window: Record<string, unknown>) => Calendar.safeParse({ windows: [window] }).success;
  expect(windows({ from: '22:00', to: '06:00' })).toBe(true);
  expect(windows({ from: '22:00', to: '22:00' })).toBe(false);
  expect(windows({ from: '24:00', to: '06:00' })).toBe(false);
  expect(windows({ from: '22:00', to: '06:00', timeZone: 'Europe/Berlln' })).toBe(false);
  expect(windows({ from: '22:00', to: '06:00', timeZone: '+02:00' })).toBe(false);
  const freeze = { from: '2026-12-20', to: '2026-12-19', reason: 'no' };
  expect(Calendar.safeParse({ freezes: [freeze] }).success).toBe(false);
  expect(Calendar.safeParse({ freezes: [{ ...freeze, to: '2026-02-30' }] }).success).toBe(false);
});
