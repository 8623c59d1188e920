import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { migrate, readMigrations } from '../../../src/adapters/sqlite/migrate.ts';
import { instant, type RunId } from '../../../src/domain/names.ts';
import type { RunStore } from '../../../src/ports/run-store.ts';
import { appendEvents } from '../../../src/run/record/journal.ts';
import { newRun } from '../../../src/run/record/new-run.ts';
import { realClock, storeApprovedRun } from '../../support/running.ts';
import { channel, cluster, dana, runId, samplePlan, sampleStep } from '../../support/sample-plan.ts';
import { tempDatabase, tempStore } from '../../support/temp-store.ts';

const at = (second: number) => instant(Date.UTC(2026, 10, 23, 3, 0, second));

/** Plans of a time when each was a column of its run. */
const plansInRuns = 7;

test('a database whose plans lay in the rows of runs is brought forward with every plan, step and node', async () => {
  const path = tempDatabase();
  const plan = samplePlan();
  const step = sampleStep('verify-node', 'cp-1');
  const old = new Database(path);
  migrate(old, readMigrations().slice(0, plansInRuns));
  // Plans of older programs do not say what they are for.
  const { purpose: _, ...body } = plan;
  old
    .prepare(
      `INSERT INTO runs (id, kind, cluster, status, channel, requested_by, plan, created_at, expires_at, started_at, revision)
       VALUES (?, 'upgrade', ?, 'running', ?, ?, ?, ?, ?, ?, 7)`,
    )
    .run(runId, cluster, channel, dana, JSON.stringify(body), at(0), at(1), at(2));
  old
    .prepare(
      `INSERT INTO steps (run, key, kind, status, attempt, budget_from, ended_at, already_done, facts)
       VALUES (?, ?, 'verify-node', 'succeeded', 1, 1, ?, 0, '{}')`,
    )
    .run(runId, step.key, at(5));
  old.prepare('INSERT INTO tellings (run, channel, told_seq) VALUES (?, ?, 0)').run(runId, channel);
  old.close();

  const store = tempStore(realClock, path);
  const run = await store.load(runId);
  expect(run?.plan).toEqual(plan);
  expect(run?.steps.get(step.key)?.endedAt).toBe(at(5));
  expect(await store.heads({ cluster })).toMatchObject([
    { id: runId, status: 'running', plan: { cluster, from: plan.from, to: plan.to, purpose: plan.purpose } },
  ]);
  expect(await store.touched(runId)).toEqual([{ node: 'cp-1', doneAt: at(5) }]);
});

test('the head of a run says of it what the run itself says', async () => {
  const store = tempStore(realClock);
  const run = await storeApprovedRun(store);
  const [head] = await store.heads({ cluster });
  expect(run).toMatchObject(head ?? {});
  expect(head?.plan).toEqual({
    cluster: run.plan.cluster,
    from: run.plan.from,
    to: run.plan.to,
    hops: run.plan.hops,
    purpose: run.plan.purpose,
  });
});

test('lists, and what a run has touched, are read without its plan', async () => {
  const path = tempDatabase();
  const first = tempStore(realClock, path);
  await storeApprovedRun(first);
  const { key } = sampleStep('verify-node', 'cp-1');
  await appendEvents(first, runId, () => [
    { kind: 'run-started', at: at(0) },
    { kind: 'step-started', at: at(1), step: key, attempt: 1 },
  ]);
  await first.close();
  const db = new Database(path);
  db.exec("UPDATE plans SET body = 'unreadable'");
  db.close();

  const store = tempStore(realClock, path);
  expect(await store.heads({ cluster })).toHaveLength(1);
  expect(await store.touched(runId)).toEqual([{ node: 'cp-1' }]);
  await expect(store.load(runId)).rejects.toThrow();
});

async function proposal(store: RunStore, id: string, now: number): Promise<void> {
  const { run, events } = newRun({
    id: id as RunId,
    plan: samplePlan(),
    requestedBy: dana,
    channel,
    now,
    expireAfterMinutes: 60,
  });
  await store.create(run, events);
}

test('heads are chosen by kind and by age, newest first', async () => {
  const store = tempStore(realClock);
  await proposal(store, 'abc222', Date.parse(at(1)));
  await proposal(store, 'abc333', Date.parse(at(3)));
  await proposal(store, 'abc444', Date.parse(at(2)));
  const ids = async (filter: Parameters<RunStore['heads']>[0]) =>
    (await store.heads(filter)).map(({ id }) => id);
  expect(await ids({})).toEqual(['abc333', 'abc444', 'abc222']);
  expect(await ids({ createdAfter: at(1) })).toEqual(['abc333', 'abc444']);
  expect(await ids({ kind: 'upgrade', cluster, limit: 1 })).toEqual(['abc333']);
  expect(await ids({ kind: 'rollback' })).toEqual([]);
});
