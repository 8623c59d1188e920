import { beforeEach, describe, expect, test } from 'vitest';
import type { Failure } from '../../src/domain/failure.ts';
import { instant, type RunId } from '../../src/domain/names.ts';
import { stepsOf } from '../../src/domain/plan.ts';
import type { RollbackScope } from '../../src/domain/rollback.ts';
import { hasEnded, type Run } from '../../src/domain/run.ts';
import { version } from '../../src/domain/version.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { beginRollbacks } from '../../src/usecases/rollback/begin.ts';
import { elsewhere, office } from '../support/office.ts';
import { act } from '../support/rollback-world/act.ts';
import { worldOf } from '../support/rollback-world/world.ts';
import { seenBack } from '../support/rollbacks.ts';
import { realClock } from '../support/running.ts';
import { amir, channel, cluster, dana, li } from '../support/sample-plan.ts';
import { snapshotOf } from '../support/snapshots.ts';

const all: RollbackScope = { kind: 'all' };
const asker = { user: dana, channel };

type Office = ReturnType<typeof office>;

/** The executor's part of an abort: the run ends as soon as it is asked to. */
async function endAborting({ store }: Office, id: RunId): Promise<void> {
  await appendEvents(store, id, (run) =>
    run.status === 'aborting' ? [{ kind: 'run-aborted', at: instant(Date.now()) }] : [],
  );
}

/**
 * An office in which an upgrade was run up to the verification of its first worker, which fails, and the cluster is as
 * that left it.
 * @param end how the upgrade stands then
 */
async function failedUpgrade(end: 'halted' | 'aborted' = 'halted', policy: Record<string, unknown> = {}) {
  const made = office(policy);
  const { useCases, store, world } = made;
  const target = { kind: 'exact', version: version('1.34.9') } as const;
  const proposed = await useCases.propose({ ...asker, cluster, target });
  if (proposed.status !== 'proposed') throw new Error(`not proposed: ${proposed.status}`);
  const { id, plan } = proposed.run;
  await useCases.approve({ channel, user: amir, run: id, digest: plan.digest });
  let simulated = worldOf(snapshotOf());
  const at = () => instant(world.now);
  await appendEvents(store, id, () => [{ kind: 'run-started', at: at() }]);
  for (const step of stepsOf(plan)) {
    const begun = { step: step.key, attempt: 1 };
    await appendEvents(store, id, () => [{ kind: 'step-started', at: at(), ...begun }]);
    if (step.kind === 'verify-node' && step.input.role === 'worker') {
      const failure: Failure = {
        code: 'node.not-ready',
        message: `${step.input.node} is not Ready`,
        facts: {},
        lastWords: [],
        retry: 'halt',
      };
      await appendEvents(store, id, () => [
        { kind: 'step-failed', at: at(), ...begun, failure },
        { kind: 'run-halted', at: at(), step: step.key, failure },
      ]);
      break;
    }
    simulated = act(simulated, step, id);
    await appendEvents(store, id, () => [
      { kind: 'step-succeeded', at: at(), ...begun, alreadyDone: false, facts: {} },
    ]);
    world.now += 1_000;
  }
  if (end === 'aborted') {
    await appendEvents(store, id, () => [
      { kind: 'abort-requested', at: at(), by: dana },
      { kind: 'run-aborted', at: at() },
    ]);
  }
  world.snapshot = { ...simulated.snapshot, crds: [] };
  world.back = seenBack(world.snapshot, simulated);
  const propose = (more: object = {}) =>
    useCases.proposeRollback({ ...asker, of: { run: id }, scope: all, ...more });
  const upgrade = async () => (await store.load(id)) as Run;
  return { ...made, id, propose, upgrade };
}

async function proposedBack(given: Awaited<ReturnType<typeof failedUpgrade>>, more: object = {}) {
  const outcome = await given.propose(more);
  if (outcome.status !== 'proposed')
    throw new Error(`not proposed: ${JSON.stringify(outcome).slice(0, 400)}`);
  const { run } = outcome;
  return { ...outcome, asked: { channel, run: run.id, digest: run.plan.digest } };
}

describe('a rollback is proposed', () => {
  test('as a run of its own with all ways judged, and the upgrade learns of it', async () => {
    const given = await failedUpgrade();
    const { run, ways, of } = await proposedBack(given);
    expect(run).toMatchObject({ kind: 'rollback', status: 'proposed', requestedBy: dana });
    expect(run.plan.purpose).toMatchObject({
      kind: 'rollback',
      of: given.id,
      verdict: { kind: 'keep-etcd' },
    });
    expect(ways.ways.map(({ etcd, verdict }) => [etcd, verdict.kind])).toEqual([
      ['keep', 'keep-etcd'],
      ['downgrade', 'etcd-downgrade'],
      ['restore', 'restore-with-data-loss'],
    ]);
    expect(of.id).toBe(given.id);
    const events = await given.store.events(given.id, 0);
    expect(events.at(-1)?.event).toMatchObject({ kind: 'rollback-proposed', run: run.id });
    expect(await given.store.load(run.id)).toEqual(run);
  });

  test('of the latest upgrade, where only the cluster is named', async () => {
    const given = await failedUpgrade('aborted');
    const { run } = await proposedBack(given, { of: { cluster } });
    expect(run.plan.purpose).toMatchObject({ of: given.id });
  });

  test('of workers alone, and the control plane stays', async () => {
    const given = await failedUpgrade();
    const { run } = await proposedBack(given, { scope: { kind: 'workers' } });
    expect(stepsOf(run.plan).map(({ kind }) => kind)).not.toContain('restore-static-pods');
  });

  test('and asking only what it would mean stores nothing', async () => {
    const given = await failedUpgrade();
    const assessed = await given.useCases.assessRollback({ ...asker, of: { run: given.id }, scope: all });
    expect(assessed).toMatchObject({ status: 'assessed', planned: { kind: 'plan' } });
    expect(await given.store.list({ statuses: ['proposed'] })).toEqual([]);
  });

  test('for the control plane alone is refused while a worker is newer', async () => {
    const given = await failedUpgrade();
    const outcome = await given.propose({ scope: { kind: 'control-plane' } });
    expect(outcome).toMatchObject({
      status: 'refused',
      refusal: { findings: [{ code: 'rollback.kubelets-first' }] },
    });
  });

  test('with its backup changed: every way is closed, and says why', async () => {
    const given = await failedUpgrade();
    const { back } = given.world;
    if (back.status !== 'observed') throw new Error('not observed');
    given.world.back = { ...back, backups: back.backups.map((one) => ({ ...one, state: 'changed' })) };
    const outcome = await given.propose();
    expect(outcome).toMatchObject({
      status: 'refused',
      ways: { preferred: { verdict: { kind: 'impossible' } } },
    });
    expect(JSON.stringify(outcome)).toContain('changed since');
  });

  test('twice by the same person, the newer takes the place of the older', async () => {
    const given = await failedUpgrade();
    const first = await proposedBack(given);
    const second = await proposedBack(given);
    expect(await given.store.load(first.run.id)).toMatchObject({ status: 'voided' });
    expect(await given.store.load(second.run.id)).toMatchObject({ status: 'proposed' });
  });
});

describe('a rollback is not even planned', () => {
  test('from a channel that has nothing to do with the cluster', async () => {
    const given = await failedUpgrade();
    expect(await given.propose({ channel: elsewhere })).toMatchObject({ status: 'denied' });
  });

  test('while the upgrade is at work', async () => {
    const given = await failedUpgrade();
    const run = await given.upgrade();
    const step = run.halt?.step;
    await appendEvents(given.store, given.id, () => [
      {
        kind: 'decision-made',
        at: instant(Date.now()),
        by: dana,
        choice: 'retry',
        ...(step ? { step } : {}),
      },
    ]);
    expect(await given.propose()).toMatchObject({ status: 'busy', run: { id: given.id } });
  });

  test('of a rollback, of a run that nobody knows, of one that never began', async () => {
    const given = await failedUpgrade('aborted');
    const { run } = await proposedBack(given);
    expect(await given.propose({ of: { run: run.id } })).toMatchObject({ status: 'denied' });
    expect(await given.propose({ of: { run: 'zzz999' } })).toMatchObject({ status: 'denied' });
    const target = { kind: 'exact', version: version('1.34.9') } as const;
    const other = await given.useCases.propose({ ...asker, cluster, target });
    if (other.status !== 'proposed') throw new Error('not proposed');
    expect(await given.propose({ of: { run: other.run.id } })).toMatchObject({ status: 'denied' });
  });

  test('where everything is as it was', async () => {
    const given = await failedUpgrade('aborted');
    const { back } = given.world;
    if (back.status !== 'observed') throw new Error('not observed');
    given.world.back = { ...back, snapshot: { ...snapshotOf(), crds: [] } };
    // Files may have been rewritten, whatever versions say: only a rollback that put them back proves the contrary.
    expect(await given.propose({ scope: { kind: 'nodes', nodes: ['w-2' as never] } })).toMatchObject({
      status: 'nothing-to-take-back',
    });
  });
});

describe('the approval of a rollback', () => {
  let given: Awaited<ReturnType<typeof failedUpgrade>>;
  beforeEach(async () => {
    given = await failedUpgrade();
  });

  test('ends the upgrade that stands still, and only then has the cluster', async () => {
    const { run, asked } = await proposedBack(given);
    const approving = given.useCases.approve({ ...asked, user: amir });
    const deadline = Date.now() + 5_000;
    while ((await given.upgrade()).status !== 'aborting' && Date.now() < deadline) await realClock.sleep(5);
    expect(await given.store.load(run.id)).toMatchObject({ status: 'proposed', approvals: [{ by: amir }] });
    await endAborting(given, given.id);
    expect(await approving).toMatchObject({ status: 'counted', missing: 0, run: { status: 'approved' } });
    expect(await given.upgrade()).toMatchObject({ status: 'aborted', endedBy: amir });
  });

  test('that a crash cut short anywhere is taken on by the next look', async () => {
    const { run } = await proposedBack(given);
    // Died right after the approvals were there.
    await appendEvents(given.store, run.id, (present) => [
      { kind: 'approval-given', at: instant(Date.now()), by: amir, digest: present.plan.digest },
    ]);
    expect(await given.upgrade()).toMatchObject({ status: 'halted' });
    await beginRollbacks(given.deps);
    expect(await given.upgrade()).toMatchObject({ status: 'aborting' });
    // Died again, and looked again: nothing is asked for twice.
    await beginRollbacks(given.deps);
    expect(await given.store.load(run.id)).toMatchObject({ status: 'proposed' });
    await endAborting(given, given.id);
    await beginRollbacks(given.deps);
    await beginRollbacks(given.deps);
    expect(await given.store.load(run.id)).toMatchObject({ status: 'approved' });
    const kinds = (await given.store.events(given.id, 0)).map(({ event }) => event.kind);
    expect(kinds.filter((kind) => kind === 'abort-requested')).toHaveLength(1);
  });

  test('is not taken back by a new plan of the same person: it is about to begin', async () => {
    const { run } = await proposedBack(given);
    await appendEvents(given.store, run.id, (present) => [
      { kind: 'approval-given', at: instant(Date.now()), by: amir, digest: present.plan.digest },
    ]);
    await beginRollbacks(given.deps);
    await endAborting(given, given.id);
    given.world.snapshot = snapshotOf();
    const target = { kind: 'next' } as const;
    expect(await given.useCases.propose({ ...asker, cluster, target })).toMatchObject({ status: 'proposed' });
    expect(await given.store.load(run.id)).toMatchObject({ status: 'proposed' });
    await beginRollbacks(given.deps);
    expect(await given.store.load(run.id)).toMatchObject({ status: 'approved' });
  });

  test('is void when somebody has the upgrade go on meanwhile', async () => {
    const { run } = await proposedBack(given);
    const { halt } = await given.upgrade();
    await appendEvents(given.store, run.id, (present) => [
      { kind: 'approval-given', at: instant(Date.now()), by: amir, digest: present.plan.digest },
    ]);
    await appendEvents(given.store, given.id, () => [
      {
        kind: 'decision-made',
        at: instant(Date.now()),
        by: dana,
        choice: 'retry',
        ...(halt ? { step: halt.step } : {}),
      },
    ]);
    await beginRollbacks(given.deps);
    expect(await given.store.load(run.id)).toMatchObject({ status: 'voided' });
    expect(hasEnded(await given.upgrade())).toBe(false);
  });

  test('that loses data counts only where the name of the cluster was typed', async () => {
    const { run, asked } = await proposedBack(given, { etcd: 'restore' });
    for (const typedName of [undefined, false]) {
      const outcome = await given.useCases.approve({
        ...asked,
        user: amir,
        ...(typedName === undefined ? {} : { typedName }),
      });
      expect(outcome).toMatchObject({ status: 'denied', reason: expect.stringContaining(cluster) });
    }
    expect((await given.store.load(run.id))?.approvals).toEqual([]);
    expect(await given.useCases.approve({ ...asked, user: amir, typedName: true })).toMatchObject({
      status: 'counted',
      missing: 1,
    });
  });

  test('that finds its cluster held by another run waits, and keeps nobody else waiting', async () => {
    given = await failedUpgrade('aborted');
    const { run } = await proposedBack(given);
    const target = { kind: 'next' } as const;
    given.world.snapshot = snapshotOf();
    const other = await given.useCases.propose({ user: li, channel, cluster, target });
    if (other.status !== 'proposed') throw new Error('not proposed');
    const approvedBy = (id: RunId) =>
      appendEvents(given.store, id, (present) => [
        { kind: 'approval-given', at: instant(Date.now()), by: amir, digest: present.plan.digest },
      ]);
    await approvedBy(run.id);
    await approvedBy(other.run.id);
    await appendEvents(given.store, other.run.id, () => [{ kind: 'run-approved', at: instant(Date.now()) }]);
    await beginRollbacks(given.deps);
    expect(await given.store.load(run.id)).toMatchObject({ status: 'proposed', approvals: [{ by: amir }] });
  });

  test('an upgrade is left alone by a rollback that lacks an approval', async () => {
    const { run } = await proposedBack(given, { etcd: 'restore' });
    expect(run.plan.policy.approvals.needed).toBe(2);
    await appendEvents(given.store, run.id, (present) => [
      { kind: 'approval-given', at: instant(Date.now()), by: amir, digest: present.plan.digest },
    ]);
    await beginRollbacks(given.deps);
    expect(await given.upgrade()).toMatchObject({ status: 'halted' });
  });
});

test('a cluster that changed since the rollback was planned voids it at the last approval', async () => {
  const given = await failedUpgrade('aborted');
  const { asked } = await proposedBack(given);
  given.world.snapshot = snapshotOf();
  expect(await given.useCases.approve({ ...asked, user: li })).toMatchObject({ status: 'drifted' });
});

describe('near an incident', () => {
  test('the run that was at work comes first, with what happened when', async () => {
    const given = await failedUpgrade('aborted');
    const { candidates, timeline } = await given.useCases.rollbackCandidates(asker);
    expect(candidates.map(({ run }) => run.id)).toEqual([given.id]);
    expect(candidates[0]?.nodes).toBe(4);
    expect(timeline.map(({ what }) => what).filter((what) => what !== 'node-done')).toEqual([
      'started',
      'halted',
      'ended',
    ]);
    expect(timeline.filter(({ what }) => what === 'node-done').map(({ node }) => node)).toEqual([
      'cp-2',
      'cp-3',
      'cp-1',
    ]);
  });

  test('what began after it, or ended weeks before it, has nothing to do with it', async () => {
    const given = await failedUpgrade('aborted');
    const before = instant(given.world.now - 24 * 3_600_000);
    expect((await given.useCases.rollbackCandidates({ ...asker, around: before })).candidates).toEqual([]);
    given.world.now += 15 * 24 * 3_600_000;
    expect((await given.useCases.rollbackCandidates(asker)).candidates).toEqual([]);
  });

  test('a rollback that went through is what is proven of the cluster', async () => {
    const given = await failedUpgrade('aborted');
    const at = instant(given.world.now);
    const wentThrough = async (more: object) => {
      const { run, asked } = await proposedBack(given, more);
      await given.useCases.approve({ ...asked, user: amir });
      await appendEvents(given.store, run.id, () => [
        { kind: 'run-started', at },
        { kind: 'run-succeeded', at },
      ]);
      return run;
    };
    await wentThrough({ scope: { kind: 'workers' } });
    expect(await given.useCases.lastProvenRollback(cluster), 'of workers alone').toBeUndefined();
    const run = await wentThrough({});
    expect(await given.useCases.lastProvenRollback(cluster)).toEqual({
      run: run.id,
      of: given.id,
      endedAt: at,
      verdict: 'keep-etcd',
      isDrill: false,
    });
  });
});
