import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/domain/event.ts';
import { ChannelId, instant } from '../../src/domain/names.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import { nextSteps } from '../../src/run/next/next-steps.ts';
import { startParking } from '../../src/run/next/parking.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { dana } from '../support/sample-plan.ts';
import { realPlan, workers } from '../support/stories.ts';
import { slowly, virtualRun } from '../support/virtual-run.ts';

/** A Monday; the window is from 20:00 to 22:00 UTC. */
const morning = Date.parse('2026-11-23T09:00:00.000Z');
const evening = Date.parse('2026-11-23T20:00:00.000Z');
const minute = 60_000;
const window = { windows: [{ from: '20:00', to: '22:00' }] };
const incidentChannel = ChannelId.parse('C0INC2231');

function started(
  policy: Record<string, unknown>,
  options: { now?: number; seconds?: number; before?: (run: Run) => readonly RunEvent[] } = {},
) {
  const plan: Plan = realPlan(
    { controlPlanes: ['cp-1'], leader: 'cp-1', workers: workers(4) },
    { approvals: { needed: 1 }, ...policy },
  );
  const world = createEffectWorld();
  const virtual = virtualRun(
    plan,
    (clock) => slowly(effectHandlers(world), clock, () => options.seconds ?? 60),
    { now: options.now ?? morning, ...(options.before ? { before: options.before } : {}) },
  );
  const of = (kind: RunEvent['kind']) => virtual.events.filter((event) => event.kind === kind);
  return { virtual, of };
}

describe('before the start', () => {
  test('an approved run waits for the window, says so once, and starts when it opens', async () => {
    const { virtual, of } = started(window);
    const run = await virtual.drive({ enough: ({ status }) => status === 'running' });
    expect(Date.parse(run.startedAt ?? '')).toBe(evening);
    expect(of('run-parked')).toMatchObject([{ for: 'window', until: instant(evening) }]);
    expect(run.course.parked).toBeUndefined();
  });

  test('one that was scheduled waits for its time, and its approval holds until then', async () => {
    const startAt = instant(morning + 5 * 3_600_000);
    const { virtual, of } = started(
      {},
      { before: () => [{ kind: 'run-scheduled', at: instant(morning), by: dana, startAt }] },
    );
    const run = await virtual.drive({ enough: ({ status }) => status !== 'approved' });
    expect(run.startedAt).toBe(startAt);
    expect(of('run-parked')).toMatchObject([{ for: 'start', until: startAt }]);
  });

  test('a bot that comes back long after it could have started begins nothing', async () => {
    const { virtual } = started(window);
    await virtual.clock.advance(11 * 3_600_000 + 61 * minute);
    const run = await virtual.drive();
    expect(run.status).toBe('voided');
  });

  test('one that was approved in the last second of a window starts when the next one opens', async () => {
    const { virtual, of } = started(window, { now: evening + 120 * minute - 500 });
    await virtual.clock.advance(1_000);
    const run = await virtual.drive({ enough: ({ status }) => status !== 'approved' });
    expect(run.status).toBe('running');
    expect(Date.parse(run.startedAt ?? '')).toBe(evening + 24 * 60 * minute);
    expect(of('run-parked')).toHaveLength(1);
  });

  test('a bot that held it for a window and is away when that opens begins nothing long after', async () => {
    const { virtual } = started(window);
    await virtual.drive({ enough: ({ course }) => course.parked !== undefined });
    await virtual.clock.advance(11 * 3_600_000 + 61 * minute);
    expect((await virtual.drive()).status).toBe('voided');
  });

  test('one that an incident has held for longer than its approval holds is void, and says why', async () => {
    const at = instant(morning);
    const { virtual } = started(
      {},
      {
        before: () => [
          { kind: 'incident-declared', at, by: dana, channel: incidentChannel, name: 'inc-2231' },
        ],
      },
    );
    const run = await virtual.drive({ enough: ({ status }) => status !== 'approved' });
    expect(run.status).toBe('voided');
    expect(run.endReason).toContain('inc-2231');
  });

  test('one that waits can be aborted', async () => {
    const { virtual } = started(window);
    await virtual.drive({ enough: ({ course }) => course.parked !== undefined });
    virtual.byPerson((_, at) => [{ kind: 'abort-requested', at, by: dana }]);
    expect((await virtual.drive()).status).toBe('aborted');
  });
});

describe('in the middle', () => {
  test('a window that closes lets the node in hand come to its end, and the next night goes on', async () => {
    const { virtual, of } = started(window, { now: evening, seconds: 500 });
    const run = await virtual.drive();
    expect(run.status).toBe('succeeded');
    const parked = of('run-parked');
    expect(parked.length).toBeGreaterThan(0);
    expect(parked.length).toBe(of('run-unparked').length);
    // Begun before 22:00, finished after it.
    const close = instant(evening + 120 * minute);
    const late = of('step-succeeded').filter(({ at }) => at > close && at < instant(evening + 180 * minute));
    expect(late.length).toBeGreaterThan(0);
    for (const event of parked) expect(Date.parse(event.at) - evening).toBeGreaterThanOrEqual(120 * minute);
  });

  test('a freeze in the middle of a window holds it, with its reason', async () => {
    const { virtual, of } = started(
      {
        ...window,
        freezes: [{ from: '2026-11-23T20:30', to: '2026-11-23T21:00', reason: 'live event' }],
      },
      { now: evening, seconds: 90 },
    );
    await virtual.drive({ enough: ({ course }) => course.parked !== undefined });
    expect(of('run-parked')).toMatchObject([
      { for: 'freeze', reason: 'live event', until: instant(evening + 60 * minute) },
    ]);
  });

  test('an incident holds it at the next safe point until it is over', async () => {
    const { virtual } = started({});
    await virtual.drive({ enough: ({ steps }) => steps.size > 10 });
    virtual.byPerson((_, at) => [
      { kind: 'incident-declared', at, by: dana, channel: incidentChannel, name: 'inc-2231' },
    ]);
    const held = await virtual.drive({ enough: ({ course }) => course.parked !== undefined });
    expect(held.course.parked).toMatchObject({ for: 'incident', reason: 'inc-2231' });
    expect([...held.steps.values()].filter(({ status }) => status === 'running')).toEqual([]);
    const begun = held.steps.size;
    await virtual.clock.advance(3_600_000);
    expect(virtual.run().steps.size).toBe(begun);
    virtual.byPerson((_, at) => [{ kind: 'incident-ended', at, by: dana, channel: incidentChannel }]);
    expect((await virtual.drive()).status).toBe('succeeded');
  });

  test('an incident does not hold a rollback, which may be what it waits for', async () => {
    const declared = (at: ReturnType<typeof instant>): RunEvent => ({
      kind: 'incident-declared',
      at,
      by: dana,
      channel: incidentChannel,
      name: 'inc-2231',
    });
    const { virtual } = started({});
    virtual.byPerson((_, at) => [declared(at)]);
    const approved = virtual.run();
    const now = virtual.clock.now();
    expect(startParking(approved, now)).toMatchObject({ for: 'incident' });
    expect(startParking({ ...approved, kind: 'rollback' }, now)).toBeUndefined();

    const other = started({});
    await other.virtual.drive({ enough: ({ steps }) => steps.size > 10 });
    other.virtual.byPerson((_, at) => [declared(at)]);
    const held = await other.virtual.drive({ enough: ({ course }) => course.parked !== undefined });
    const later = other.virtual.clock.now();
    expect(nextSteps(held, later)).toMatchObject({ runnable: [], parked: { for: 'incident' } });
    const goesOn = nextSteps({ ...held, kind: 'rollback' }, later);
    expect(goesOn.parked).toBeUndefined();
    expect(goesOn.runnable.length).toBeGreaterThan(0);
  });

  test('a pause by a person outlasts the window, and a parked run can be paused', async () => {
    const { virtual } = started(window, { now: evening, seconds: 900 });
    await virtual.drive({ enough: ({ course }) => course.parked !== undefined });
    virtual.byPerson((_, at) => [{ kind: 'pause-requested', at, by: dana }]);
    expect((await virtual.drive({ enough: ({ status }) => status === 'paused' })).status).toBe('paused');
    virtual.byPerson((_, at) => [{ kind: 'run-resumed', at, by: dana }]);
    expect((await virtual.drive()).status).toBe('succeeded');
  });

  test('between two batches it pauses as long as policy says, from the end of the soak', async () => {
    const { virtual, of } = started({ workers: { batch: 2, pauseSeconds: 600 } });
    await virtual.drive();
    const started2 = of('step-started');
    const soaks = of('step-succeeded').filter((event) => 'step' in event && event.step?.includes('/soak/'));
    const records = started2.filter((event) => 'step' in event && event.step?.includes('/record-workloads/'));
    expect(records).toHaveLength(3);
    records.slice(1).forEach((record, index) => {
      const pause = Date.parse(record.at) - Date.parse(soaks[index]?.at ?? '');
      expect(pause).toBeGreaterThanOrEqual(600_000);
      expect(pause).toBeLessThan(602_000);
    });
    expect(of('run-parked').map((event) => (event.kind === 'run-parked' ? event.for : ''))).toEqual([
      'pause',
      'pause',
    ]);
  });
});
