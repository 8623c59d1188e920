import { expect, test } from 'vitest';
import { ClusterConfig, historyOf } from '../../src/config.ts';
import type { RunEvent } from '../../src/domain/event.ts';
import { instant, type RunId } from '../../src/domain/names.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import { createDue } from '../../src/usecases/due.ts';
import { forgetHistory } from '../../src/usecases/forget-history.ts';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { elsewhere, office } from '../support/office.ts';
import { realClock } from '../support/running.ts';
import { amir, channel, cluster, dana, samplePlan, sampleStep } from '../support/sample-plan.ts';
import { silentLog } from '../support/silent-log.ts';
import { tempStore } from '../support/temp-store.ts';

const dayMs = 24 * 3_600_000;
const today = Date.UTC(2026, 10, 23);
const { key } = sampleStep('check-drift', 'cluster');
const never = new AbortController().signal;

/** An aborted run of so many days ago that has one step, one backup and was told. */
async function oldRun(store: RunStore, id: string, daysAgo: number, { told = true, begun = true } = {}) {
  const at = instant(today - daysAgo * dayMs);
  const plan = samplePlan();
  const { run, events } = newRun({
    id: id as RunId,
    plan,
    requestedBy: dana,
    channel,
    now: Date.parse(at),
    expireAfterMinutes: 60,
  });
  await store.create(run, events);
  const story: RunEvent[] = begun
    ? [
        { kind: 'approval-given', at, by: amir, digest: plan.digest },
        { kind: 'run-approved', at },
        { kind: 'run-started', at },
        { kind: 'step-started', at, step: key, attempt: 1 },
        { kind: 'step-succeeded', at, step: key, attempt: 1, alreadyDone: false, facts: {} },
        { kind: 'abort-requested', at, by: dana },
        { kind: 'run-aborted', at },
      ]
    : [{ kind: 'run-rejected', at, by: dana }];
  const ended = await appendEvents(store, run.id, () => story);
  const backup = {
    kind: 'config-maps',
    path: `/backups/${id}`,
    bytes: 1,
    sha256: 'ab',
    takenAt: at,
  } as const;
  await store.addBackup({ ...backup, run: run.id, step: key, cluster });
  if (told)
    await store.saveTelling({ run: run.id, channel, toldSeq: ended.run.revision, parentTs: `${daysAgo}.1` });
  return ended.run;
}

const clockOfToday = () => {
  return { now: () => today, sleep: async () => undefined, elapsed: () => 0 };
};
const forget = (store: RunStore, keepDays: number, keepRuns: number) =>
  forgetHistory({ store, clock: clockOfToday(), log: silentLog }, { keepDays, keepRuns }, never);

test('of a run that has been over for long only its line in lists stays, and where it was told', async () => {
  const store = tempStore(realClock);
  const old = await oldRun(store, 'abc222', 400);
  const recent = await oldRun(store, 'abc333', 300);
  await forget(store, 365, 1);

  expect(await store.load(old.id)).toBeUndefined();
  expect(await store.events(old.id, 0)).toEqual([]);
  expect(await store.touched(old.id)).toEqual([]);
  expect(await store.backups({ run: old.id })).toEqual([]);
  expect((await store.heads({ cluster })).map(({ id, status }) => [id, status])).toEqual([
    [recent.id, 'aborted'],
    [old.id, 'aborted'],
  ]);
  expect((await store.list({ cluster })).map(({ id }) => id)).toEqual([recent.id]);
  expect((await store.telling(old.id))?.parentTs).toBe('400.1');
  expect(await store.unfinishedTellings()).toEqual([]);
  expect(await store.load(recent.id)).toEqual(recent);
});

test('whoever names such a run is told what became of it, in the channels of its cluster', async () => {
  const { useCases, store } = office();
  const old = await oldRun(store, 'abc222', 400);
  await oldRun(store, 'abc333', 300);
  await forget(store, 365, 1);
  const ask = { user: dana, channel, run: old.id };
  expect(await useCases.removedRun(old.id, channel)).toMatchObject({
    id: old.id,
    status: 'aborted',
    cluster,
  });
  expect(await useCases.removedRun(old.id, elsewhere)).toBeUndefined();
  expect(await useCases.removedRun('abc999' as RunId, channel)).toBeUndefined();
  const away = expect.stringContaining('were removed since (`store.keepDays`');
  for (const outcome of [
    await useCases.pause(ask),
    await useCases.retry(ask),
    await useCases.skip({ ...ask, words: ['why'] }),
    await useCases.proposeRollback({ ...ask, of: { run: old.id }, scope: { kind: 'all' } }),
  ]) {
    expect(outcome).toMatchObject({ status: 'denied', reason: away });
  }
  expect(await useCases.pause({ ...ask, channel: elsewhere })).toMatchObject({
    reason: 'There is no run `abc222`. `/k8s-upgrade runs` lists the latest ones.',
  });
});

test('the newest runs of a cluster keep everything, however old; plans that were never begun do not count', async () => {
  const store = tempStore(realClock);
  await oldRun(store, 'abc222', 900);
  await oldRun(store, 'abc333', 800);
  await oldRun(store, 'abc444', 700);
  await oldRun(store, 'abc555', 600, { begun: false });
  await forget(store, 365, 2);
  expect((await store.list({ cluster })).map(({ id }) => id)).toEqual(['abc555', 'abc444', 'abc333']);
});

test('a run that was not told to its end, and one that is not over, keep everything', async () => {
  const store = tempStore(realClock);
  await oldRun(store, 'abc222', 900, { told: false });
  const { run, events } = newRun({
    id: 'abc333' as RunId,
    plan: samplePlan(),
    requestedBy: dana,
    channel,
    now: today - 800 * dayMs,
    expireAfterMinutes: 60,
  });
  await store.create(run, events);
  await store.saveTelling({ run: run.id, channel, toldSeq: run.revision, parentTs: '1.1' });
  await oldRun(store, 'abc444', 1);
  await forget(store, 365, 1);
  expect(await store.list({ cluster })).toHaveLength(3);
});

test('a process looks by itself for what is too old, soon after its start', async () => {
  const made = office();
  const old = await oldRun(made.store, 'abc222', 400);
  await oldRun(made.store, 'abc333', 1);
  const due = createDue({ ...made.deps, clock: clockThatStands() }, { keepDays: 365, keepRuns: 1 });
  due.start();
  await eventually(async () => (await made.store.load(old.id)) === undefined);
  await due.stop(0);
});

const clockThatStands = () => new ManualClock(today);

test('no run loses its plan before its backups are pruned', () => {
  const config = (keep: number | undefined) =>
    ClusterConfig.parse({
      kubernetes: { kubeconfig: '/k' },
      ssh: { user: 'upgrader', agent: 'env', knownHosts: '/h' },
      channels: [channel],
      approvers: { users: [amir] },
      backups: { keep },
    });
  const history = (keep: number, own?: number) =>
    historyOf({
      store: { path: '/db', keepDays: 60 },
      backups: { directory: '/b', keep },
      clusters: { [cluster]: config(own) },
    });
  expect(history(10)).toEqual({ keepDays: 60, keepRuns: 20 });
  expect(history(30)).toEqual({ keepDays: 60, keepRuns: 30 });
  expect(history(10, 50)).toEqual({ keepDays: 60, keepRuns: 50 });
});
