import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, readMigrations } from '../../../src/adapters/sqlite/migrate.ts';
import type { Failure } from '../../../src/domain/failure.ts';
import type { RunId } from '../../../src/domain/names.ts';
import { instant } from '../../../src/domain/names.ts';
import { appendEvents } from '../../../src/run/record/journal.ts';
import { newRun } from '../../../src/run/record/new-run.ts';
import { realClock, storeApprovedRun } from '../../support/running.ts';
import {
  amir,
  channel,
  cluster,
  dana,
  li,
  runId,
  samplePlan,
  sampleStep,
} from '../../support/sample-plan.ts';
import { tempDatabase, tempStore } from '../../support/temp-store.ts';

const now = instant(Date.UTC(2026, 10, 23, 3));

test('what is loaded is what was committed, to the last field', async () => {
  const path = tempDatabase();
  const store = tempStore(realClock, path);
  const approved = await storeApprovedRun(store);
  const key = sampleStep('check-drift', 'cluster').key;
  const failure: Failure = {
    code: 'packages.locked',
    message: 'apt is busy',
    facts: { holder: 'unattended-upgrades' },
    lastWords: ['E: Could not get lock'],
    retry: 'transient',
  };
  const { run } = await appendEvents(store, approved.id, () => [
    { kind: 'run-started', at: now },
    { kind: 'step-started', at: now, step: key, attempt: 1 },
    { kind: 'step-failed', at: now, step: key, attempt: 1, failure },
    { kind: 'run-halted', at: now, step: key, failure },
    { kind: 'abort-requested', at: now, by: dana },
  ]);
  await store.close();
  const again = await tempStore(realClock, path).load(runId);
  expect(again).toEqual(run);
});

test('a commit on a revision that is not the newest is a conflict and changes nothing', async () => {
  const store = tempStore(realClock);
  const run = await storeApprovedRun(store);
  const started = { ...run, status: 'running' as const, revision: run.revision + 1 };
  expect(await store.commit(started, [{ kind: 'run-started', at: now }])).toEqual({ status: 'committed' });
  expect(await store.commit(started, [{ kind: 'run-started', at: now }])).toEqual({ status: 'conflict' });
  expect((await store.events(runId, 0)).at(-1)?.seq).toBe(started.revision);
});

test('two plans of one cluster cannot both be approved', async () => {
  const store = tempStore(realClock);
  const first = await storeApprovedRun(store);
  const other = newRun({
    id: 'xyz789' as RunId,
    plan: samplePlan(),
    requestedBy: li,
    channel,
    now: Date.now(),
    expireAfterMinutes: 60,
  });
  await store.create(other.run, other.events);
  const at = instant(Date.now());
  await expect(
    appendEvents(store, other.run.id, () => [
      { kind: 'approval-given', at, by: amir, digest: first.plan.digest },
      { kind: 'run-approved', at },
    ]),
  ).rejects.toThrow(/another run holds it/);
  expect((await store.load(other.run.id))?.status).toBe('proposed');
});

test('a delivery counts once', async () => {
  const store = tempStore(realClock);
  expect(await store.firstTime('trigger-1')).toBe(true);
  expect(await store.firstTime('trigger-1')).toBe(false);
  expect(await store.firstTime('trigger-2')).toBe(true);
});

test('a telling begins with the run and is unfinished until its last event was told', async () => {
  const store = tempStore(realClock);
  const run = await storeApprovedRun(store);
  expect(await store.unfinishedTellings()).toEqual([{ run: runId, channel, toldSeq: 0 }]);
  await store.saveTelling({ run: runId, channel, toldSeq: run.revision, parentTs: '1.2' });
  expect(await store.unfinishedTellings()).toEqual([]);
});

test('usual durations are medians of the steps that had something to do', async () => {
  const store = tempStore(realClock);
  const run = await storeApprovedRun(store);
  const at = (seconds: number) => instant(Date.UTC(2026, 10, 23, 3, 0, seconds));
  const key = sampleStep('check-drift', 'cluster').key;
  const idle = sampleStep('back-up-config-maps', 'cluster').key;
  await appendEvents(store, run.id, () => [
    { kind: 'run-started', at: at(0) },
    { kind: 'step-started', at: at(0), step: key, attempt: 1 },
    { kind: 'step-succeeded', at: at(12), step: key, attempt: 1, alreadyDone: false, facts: {} },
    { kind: 'step-started', at: at(12), step: idle, attempt: 1 },
    { kind: 'step-succeeded', at: at(13), step: idle, attempt: 1, alreadyDone: true, facts: {} },
  ]);
  const usual = await store.usualDurations(cluster);
  expect(usual['check-drift']).toBeCloseTo(12, 0);
  expect(usual['back-up-config-maps']).toBeUndefined();
});

test('migrations are numbered without a gap, and opening twice applies nothing twice', async () => {
  expect(readMigrations().map(({ number }) => number)).toEqual(readMigrations().map((_, index) => index + 1));
  const path = tempDatabase();
  await tempStore(realClock, path).close();
  await tempStore(realClock, path).close();
});

test('a schema newer than the program makes it refuse to start', async () => {
  const path = tempDatabase();
  await tempStore(realClock, path).close();
  const db = new Database(path);
  db.pragma('user_version = 99');
  db.close();
  expect(() => tempStore(realClock, path)).toThrow(/schema 99.*start the newer program/);
});

test('a migration that fails leaves the schema as it was', () => {
  const db = new Database(':memory:');
  const migrations = [
    { number: 1, name: '0001-a.sql', sql: 'CREATE TABLE a (x)' },
    { number: 2, name: '0002-b.sql', sql: 'CREATE TABLE b (x); CREATE TABLE a (x)' },
  ];
  expect(() => migrate(db, migrations)).toThrow(/already exists/);
  expect(db.pragma('user_version', { simple: true })).toBe(1);
  expect(db.prepare("SELECT name FROM sqlite_master WHERE name = 'b'").get()).toBeUndefined();
});

test('a file that is no database is named as damaged, not as an SQLite code', () => {
  const path = tempDatabase();
  writeFileSync(path, 'this is no database at all, and long enough to be looked at as one'.repeat(100));
  expect(() => tempStore(realClock, path)).toThrow(/damaged/);
});
