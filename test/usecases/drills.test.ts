import { beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/domain/event.ts';
import { instant, type RunId } from '../../src/domain/names.ts';
import { stepsOf } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import { version } from '../../src/domain/version.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { createDrills } from '../../src/usecases/drill/advance.ts';
import { office } from '../support/office.ts';
import { act } from '../support/rollback-world/act.ts';
import { worldOf } from '../support/rollback-world/world.ts';
import { seenBack } from '../support/rollbacks.ts';
import { amir, channel, cluster, dana, li } from '../support/sample-plan.ts';
import { snapshotOf } from '../support/snapshots.ts';

const asker = { user: dana, channel };
const target = { kind: 'exact', version: version('1.34.9') } as const;

type Office = ReturnType<typeof office>;

async function drillProposed(made: Office, drill: 'keep' | 'downgrade' = 'keep'): Promise<Run> {
  const proposed = await made.useCases.propose({ ...asker, cluster, target, drill });
  if (proposed.status !== 'proposed')
    throw new Error(`not proposed: ${JSON.stringify(proposed).slice(0, 300)}`);
  return proposed.run;
}

interface Options {
  readonly policy?: Record<string, unknown>;
  readonly drill?: 'keep' | 'downgrade';
  /** What somebody asks for when there is nothing left to begin. */
  readonly asked?: 'pause-requested' | 'abort-requested';
}

/** An office with a drill whose upgrade is through, and the cluster as that left it. */
async function halfWay(options: Options = {}) {
  const made = office(options.policy ?? {}, { rehearsal: true });
  const { useCases, store, world } = made;
  const { id, plan } = await drillProposed(made, options.drill);
  for (const user of [amir, li].slice(0, plan.policy.approvals.needed)) {
    await useCases.approve({ channel, user, run: id, digest: plan.digest });
  }
  const at = () => instant(world.now);
  let simulated = worldOf(snapshotOf());
  const events: RunEvent[] = [{ kind: 'run-started', at: at() }];
  for (const step of stepsOf(plan)) {
    const begun = { step: step.key, attempt: 1 };
    simulated = act(simulated, step, id);
    world.now += 1_000;
    events.push(
      { kind: 'step-started', at: at(), ...begun },
      { kind: 'step-succeeded', at: at(), ...begun, alreadyDone: false, facts: {} },
    );
  }
  if (options.asked) events.push({ kind: options.asked, at: at(), by: li });
  await appendEvents(store, id, () => [...events, { kind: 'run-succeeded', at: at() }]);
  world.snapshot = { ...simulated.snapshot, crds: [] };
  world.back = seenBack(world.snapshot, simulated);
  const upgrade = async () => (await store.load(id)) as Run;
  const backs = async () =>
    (await store.list({ cluster })).filter(({ plan: { purpose } }) => purpose.kind === 'rollback');
  return { ...made, id, plan, at, upgrade, backs, drills: () => createDrills(made.deps) };
}

type Given = Awaited<ReturnType<typeof halfWay>>;

async function theBack(given: Given): Promise<Run> {
  const [back, ...others] = await given.backs();
  expect(others).toEqual([]);
  if (!back) throw new Error('there is no way back');
  return back;
}

/** The executor's part: the way back goes through, and the cluster is as it was. */
async function backIsThrough(given: Given, back: RunId, snapshot = snapshotOf()): Promise<void> {
  await appendEvents(given.store, back, () => [{ kind: 'run-started', at: given.at() }]);
  given.world.now += 90_000;
  await appendEvents(given.store, back, () => [{ kind: 'run-succeeded', at: given.at() }]);
  given.world.snapshot = { ...snapshot, crds: [] };
}

const stopped = async (given: Given) => {
  const { drill } = (await given.upgrade()).course;
  return drill?.outcome === 'stopped' ? drill.reason : `not stopped: ${JSON.stringify(drill)}`;
};

describe('a drill is proposed', () => {
  test('only for a cluster that is marked for it, and elsewhere it is said how', async () => {
    const outcome = await office().useCases.propose({ ...asker, cluster, target, drill: 'keep' });
    expect(outcome).toMatchObject({ status: 'denied' });
    expect(JSON.stringify(outcome)).toContain('rehearsal: true');
  });

  test('as one plan whose digest covers the way back', async () => {
    const made = office({}, { rehearsal: true });
    const drill = await drillProposed(made);
    expect(drill.plan.purpose).toMatchObject({
      kind: 'upgrade',
      drill: { etcd: 'keep', expects: 'keep-etcd' },
    });
    const plain = await made.useCases.propose({ ...asker, cluster, target });
    if (plain.status !== 'proposed') throw new Error('not proposed');
    expect(plain.run.plan.phases).toEqual(drill.plan.phases);
    expect(plain.run.plan.digest).not.toBe(drill.plan.digest);
    const other = await drillProposed(made, 'downgrade');
    expect(other.plan.digest).not.toBe(drill.plan.digest);
    expect(other.plan.purpose).toMatchObject({ drill: { etcd: 'downgrade', expects: 'etcd-downgrade' } });
  });

  test('not while another one is half way, nor is any other plan', async () => {
    const given = await halfWay();
    for (const drill of [{ drill: 'keep' as const }, {}]) {
      const outcome = await given.useCases.propose({ ...asker, cluster, target, ...drill });
      expect(outcome).toMatchObject({ status: 'busy', run: { id: given.id } });
    }
  });
});

describe('when the upgrade of a drill is through', () => {
  let given: Given;
  beforeEach(async () => {
    given = await halfWay({ policy: { approvals: { needed: 2 } } });
  });

  test('the way back is planned from a new look and begins with the same approvals', async () => {
    await given.drills().advance();
    const back = await theBack(given);
    expect(back).toMatchObject({ status: 'approved', requestedBy: dana, channel });
    expect(back.approvals.map(({ by }) => by).toSorted()).toEqual([amir, li].toSorted());
    expect(back.plan.purpose).toMatchObject({ of: given.id, drill: true, verdict: { kind: 'keep-etcd' } });
    const events = await given.store.events(back.id, 0);
    expect(events.filter(({ event }) => event.kind === 'approval-given')).toMatchObject([
      { event: { digest: back.plan.digest, drill: given.id } },
      { event: { digest: back.plan.digest, drill: given.id } },
    ]);
  });

  test('a process that dies after any commit, twice, does nothing twice', async () => {
    // The store refuses after so many writes, as one whose process was killed there.
    for (let writes = 0; writes < 8; writes += 1) {
      const mortal = dyingAfter(given, writes);
      await createDrills(mortal).advance();
      await createDrills(dyingAfter(given, writes)).advance();
    }
    await given.drills().advance();
    const back = await theBack(given);
    expect(back.status).toBe('approved');
    await backIsThrough(given, back.id);
    for (let writes = 0; writes < 3; writes += 1) await createDrills(dyingAfter(given, writes)).advance();
    await given.drills().advance();
    await given.drills().advance();
    const kinds = (await given.store.events(given.id, 0)).map(({ event }) => event.kind);
    expect(kinds.filter((kind) => kind === 'drill-ended')).toHaveLength(1);
    expect((await given.upgrade()).course.drill).toMatchObject({ outcome: 'proven', run: back.id });
  });

  test('the report has the times of both directions and what differs', async () => {
    await given.drills().advance();
    const back = await theBack(given);
    const after = snapshotOf();
    if (after.etcd.topology !== 'stacked') throw new Error('not stacked');
    const members = after.etcd.members.map((member) => ({ ...member, version: '3.6.5' }));
    await backIsThrough(given, back.id, { ...after, etcd: { ...after.etcd, members } });
    await given.drills().advance();
    expect((await given.upgrade()).course.drill).toEqual({
      outcome: 'proven',
      run: back.id,
      verdict: 'keep-etcd',
      thereSeconds: stepsOf(given.plan).length,
      backSeconds: 90,
      differences: [expect.stringMatching(/^cp-1, cp-2.* cp-3: etcd 3\.6\.5 \(was 3\.5\.\d+\)$/)],
    });
    expect(await given.useCases.lastProvenRollback(cluster)).toMatchObject({ run: back.id, of: given.id });
  });

  test('an aborted way back ends the drill, and people are asked', async () => {
    await given.drills().advance();
    const back = await theBack(given);
    await appendEvents(given.store, back.id, () => [
      { kind: 'run-started', at: given.at() },
      { kind: 'abort-requested', at: given.at(), by: li },
      { kind: 'run-aborted', at: given.at() },
    ]);
    await given.drills().advance();
    expect(await stopped(given)).toContain('aborted');
  });
});

describe('the way back does not begin by itself', () => {
  test('by a restore, whatever the planner would prefer', async () => {
    const given = await halfWay();
    const { back } = given.world;
    if (back.status !== 'observed') throw new Error('not observed');
    // Without the files of a node only the snapshot would lead back, if at all.
    given.world.back = {
      ...back,
      backups: back.backups.map((one) => (one.kind === 'config-maps' ? { ...one, state: 'missing' } : one)),
    };
    await given.drills().advance();
    expect(await given.backs()).toEqual([]);
    expect(await stopped(given)).toContain('no way back that a drill may take');
  });

  test('with etcd’s downgrade, unless the drill was asked for with it', async () => {
    const given = await halfWay({ drill: 'downgrade' });
    await given.drills().advance();
    expect((await theBack(given)).plan.purpose).toMatchObject({ verdict: { kind: 'etcd-downgrade' } });
  });

  test('after an upgrade that left something out', async () => {
    const given = await halfWay();
    const load = given.store.load.bind(given.store);
    const leftOut = async (id: RunId) => {
      const run = await load(id);
      const [first] = [...(run?.steps.values() ?? [])];
      return run && first && id === given.id
        ? { ...run, steps: new Map(run.steps).set(first.key, { ...first, status: 'skipped' as const }) }
        : run;
    };
    await createDrills({ ...given.deps, store: { ...given.deps.store, load: leftOut } }).advance();
    expect(await stopped(given)).toContain('left something out');
  });

  test.each(['pause-requested', 'abort-requested'] as const)(
    'after a %s that came when nothing of the upgrade was left',
    async (asked) => {
      const given = await halfWay({ asked });
      await given.drills().advance();
      expect(await given.backs()).toEqual([]);
      expect(await stopped(given)).toContain('Somebody asked');
    },
  );

  test('during an incident, and not once the cluster is no longer marked', async () => {
    const given = await halfWay();
    await given.store.declareIncident(cluster, { channel, by: li, at: given.at(), name: 'inc-9' });
    await given.drills().advance();
    expect(await stopped(given)).toContain('inc-9');
    const other = await halfWay();
    const clusters = new Map(
      [...other.deps.clusters].map(([name, of]) => [name, { ...of, rehearsal: false }]),
    );
    await createDrills({ ...other.deps, clusters }).advance();
    expect(await stopped(other)).toContain('mark');
  });

  test('while somebody who approved may not any more: the plan is there, and waits for people', async () => {
    const given = await halfWay();
    given.world.members = [li];
    await given.drills().advance();
    expect(await stopped(given)).toContain('may not approve');
    expect(await theBack(given)).toMatchObject({ status: 'proposed', approvals: [] });
    const { id, plan } = await theBack(given);
    await given.useCases.approve({ channel, user: li, run: id, digest: plan.digest });
    expect((await theBack(given)).status).toBe('approved');
  });

  test('while Slack does not answer; it does later, or people are asked', async () => {
    const given = await halfWay();
    given.world.slackIsDown = true;
    await given.drills().advance();
    expect((await given.upgrade()).course.drill).toBeUndefined();
    given.world.slackIsDown = false;
    await given.drills().advance();
    expect((await theBack(given)).status).toBe('approved');
    const never = await halfWay();
    never.world.slackIsDown = true;
    await never.drills().advance();
    never.world.now += 21 * 60_000;
    await never.drills().advance();
    expect(await stopped(never)).toContain('Slack does not say');
  });

  test('while no API server answers: it is looked at again, for a while', async () => {
    const given = await halfWay();
    const seen = given.world.back;
    if (seen.status !== 'observed') throw new Error('not observed');
    given.world.back = { ...seen, blind: true };
    const drills = given.drills();
    await drills.advance();
    expect(await given.backs()).toEqual([]);
    expect((await given.upgrade()).course.drill).toBeUndefined();
    given.world.now += 21 * 60_000;
    await given.drills().advance();
    expect(await stopped(given)).toContain('no API server answers');
  });

  test('while another run holds the cluster', async () => {
    const given = await halfWay();
    const other = await given.useCases.proposeRollback({
      ...asker,
      of: { run: given.id },
      scope: { kind: 'workers' },
    });
    if (other.status !== 'proposed') throw new Error(other.status);
    await given.useCases.approve({ channel, user: amir, run: other.run.id, digest: other.run.plan.digest });
    await given.drills().advance();
    expect(await stopped(given)).toContain(other.run.id);
  });
});

/** The same world for a process that is killed after so many commits. */
function dyingAfter({ deps }: Given, writes: number): Office['deps'] {
  let left = writes;
  const mayWrite = (): void => {
    if (left === 0) throw new Error('the process was killed');
    left -= 1;
  };
  const { store } = deps;
  return {
    ...deps,
    store: {
      ...store,
      async create(run, events) {
        mayWrite();
        return store.create(run, events);
      },
      async commit(run, events, fence) {
        mayWrite();
        return store.commit(run, events, fence);
      },
    },
  };
}
