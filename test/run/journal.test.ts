import { expect, test } from 'vitest';
import { type Instant, instant } from '../../src/domain/names.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { appendEvents, ClusterHeld, createJournal, LeaseLost } from '../../src/run/record/journal.ts';
import { realClock, storeApprovedRun } from '../support/running.ts';
import { cluster, dana, runId, sampleStep } from '../support/sample-plan.ts';
import { tempStore } from '../support/temp-store.ts';

const at: Instant = instant(Date.UTC(2026, 10, 23, 3));
const { key } = sampleStep('check-drift', 'cluster');
const started = { kind: 'run-started', at } as const;
const noted = (text: string) => ({ kind: 'step-noted', at, step: key, text }) as const;

/** A store in which somebody else commits between a load and the commit that rests on it, so many times. */
function raced(store: RunStore, times: number): RunStore {
  let left = times;
  return {
    ...store,
    async commit(run, events, fence) {
      if (left > 0) {
        left -= 1;
        await appendEvents(store, run.id, () => [noted(`by somebody else, ${left} to come`)]);
      }
      return store.commit(run, events, fence);
    },
  };
}

test('what was decided on a state that is no longer the newest is decided again on the newest', async () => {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const seen: number[] = [];
  const { run } = await appendEvents(raced(store, 2), runId, (present) => {
    seen.push(present.revision);
    return [started];
  });
  expect(seen).toEqual([3, 4, 5]);
  expect(run).toMatchObject({ status: 'running', revision: 6 });
  expect(await store.load(runId)).toEqual(run);
  expect((await store.events(runId, 3)).map(({ event }) => event.kind)).toEqual([
    'step-noted',
    'step-noted',
    'run-started',
  ]);
});

test('a decision that what somebody else committed has made needless is not committed', async () => {
  const store = tempStore(realClock);
  const known = await storeApprovedRun(store);
  await appendEvents(store, runId, () => [{ kind: 'abort-requested', at, by: dana }]);
  const decide = (run: { status: string }) => (run.status === 'approved' ? [started] : []);
  const { run, events } = await appendEvents(store, runId, decide, { known });
  expect(events).toEqual([]);
  expect(run.status).toBe('aborting');
});

test('a race that is lost without end is given up as what it is: a bug', async () => {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  await expect(appendEvents(raced(store, 1_000), runId, () => [started])).rejects.toThrow(/changed 50 times/);
  expect(await store.load(runId)).toMatchObject({ status: 'approved' });
});

test('whoever has a beaten fence is told that the lease is lost, and commits nothing', async () => {
  const store = tempStore(realClock);
  const run = await storeApprovedRun(store);
  const stale = await store.acquireLease(cluster, 'first', 15_000);
  await store.acquireLease(cluster, 'second', 15_000);
  const journal = createJournal(store, run, stale?.fence ?? 0, () => {
    throw new Error('nothing was committed');
  });
  await expect(journal.append(() => [started])).rejects.toThrow(LeaseLost);
  expect(await store.load(runId)).toEqual(run);
});

test('a cluster that another run holds is told apart from a lost lease', async () => {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const held = { ...store, commit: async () => ({ status: 'cluster-held' }) as const };
  await expect(appendEvents(held, runId, () => [started])).rejects.toThrow(ClusterHeld);
});

test('decisions of one journal are taken one after the other, also after one that failed', async () => {
  const store = tempStore(realClock);
  const run = await storeApprovedRun(store);
  const told: number[] = [];
  const lease = await store.acquireLease(cluster, 'first', 15_000);
  const journal = createJournal(store, run, lease?.fence ?? 0, ({ revision }) => told.push(revision));
  const failing = journal.append(() => {
    throw new RangeError('undecided');
  });
  const [, first, nothing, second] = await Promise.allSettled([
    failing,
    journal.append(() => [started]),
    journal.append(() => []),
    journal.append((present) => [noted(`after revision ${present.revision}`)]),
  ]);
  expect([first, nothing, second].map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect(told).toEqual([4, 5]);
  expect((await store.events(runId, 4)).map(({ event }) => event)).toEqual([noted('after revision 4')]);
});

test('a journal that is refreshed knows what others committed', async () => {
  const store = tempStore(realClock);
  const run = await storeApprovedRun(store);
  const journal = createJournal(store, run, 1, () => undefined);
  const { run: changed } = await appendEvents(store, runId, () => [noted('from outside')]);
  expect(journal.run).toBe(run);
  expect(await journal.refresh()).toEqual(changed);
  expect(journal.run).toEqual(changed);
});
