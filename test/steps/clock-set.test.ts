import { describe, expect, test } from 'vitest';
import { Answer } from '../../src/domain/blockage.ts';
import { NodeName } from '../../src/domain/names.ts';
import { CordonNode, GateStep, Soak } from '../../src/domain/step.ts';
import { cordonNode } from '../../src/steps/cordon-node.ts';
import { gate } from '../../src/steps/gate.ts';
import { soak } from '../../src/steps/soak.ts';
import { notYet, waitUntil } from '../../src/steps/wait-until.ts';
import { attempt, testContext } from '../support/attempts.ts';
import { fakeKubernetes, nodeObject, podObject } from '../support/fake-kubernetes.ts';
import { type WaitingClock, waitingClock } from '../support/waiting-clock.ts';
import { blockedByBudget, dana, drainWorld, pdb } from './drain-support.ts';

const hour = 3_600_000;

/** The time of day is set while something waits: people correct it, NTP does, a machine is moved to another host. */
describe.each([
  ['forward', hour],
  ['back', -hour],
])('a clock that is set an hour %s', (_, byMs) => {
  const setAfter = (clock: WaitingClock, ms: number) => void clock.sleep(ms).then(() => clock.set(byMs));

  test('neither ends a wait early nor makes it longer', async () => {
    const clock = waitingClock();
    const began = clock.elapsed();
    setAfter(clock, 10_000);
    const { signal } = new AbortController();
    const waited = await waitUntil(async () => notYet('never'), { clock, signal, timeoutMs: 300_000 });
    expect(waited).toEqual({ status: 'timed-out', why: 'never', afterMs: 300_000 });
    expect(clock.elapsed() - began).toBe(300_000);
  });

  test('leaves a soak its least time, and ends it then', async () => {
    const clock = waitingClock();
    const began = clock.elapsed();
    setAfter(clock, 60_000);
    const backups = { pathFor: async () => '/none', readText: async () => undefined };
    const handler = soak({ kubernetesOf: () => fakeKubernetes(clock), backups: backups as never, clock });
    const step = Soak.parse({
      kind: 'soak',
      key: 'v1.34.9/cluster/soak',
      input: { batch: 'batch-1', minimumSeconds: 300, timeoutSeconds: 600 },
    });
    expect(await attempt(handler, step, testContext())).toMatchObject({ status: 'succeeded' });
    expect(Math.abs(clock.elapsed() - began - 300_000)).toBeLessThanOrEqual(2_000);
  });

  test('closes a gate when it would have been closed, and asks as often', async () => {
    const clock = waitingClock();
    const began = clock.elapsed();
    setAfter(clock, 100_000);
    let asked = 0;
    const query = async () => {
      asked += 1;
      return [];
    };
    const handler = gate({
      metricsOf: () => ({ query }),
      remoteHostOf: () => {
        throw new Error('not asked for');
      },
      clock,
    });
    const step = GateStep.parse({
      kind: 'gate',
      key: 'v1.34.9/cluster/gate',
      input: {
        name: 'workers-1',
        gate: { kind: 'promql', before: 'workers', query: 'up', everySeconds: 60, timeoutMinutes: 10 },
      },
    });
    expect(await attempt(handler, step, testContext())).toMatchObject({
      status: 'failed',
      failure: { code: 'gate.closed' },
    });
    expect(clock.elapsed() - began).toBe(600_000);
    expect(asked).toBeGreaterThanOrEqual(9);
    expect(asked).toBeLessThanOrEqual(11);
  });

  test('leaves a node its time to wait for its turn to be away', async () => {
    const clock = waitingClock();
    const began = clock.elapsed();
    setAfter(clock, 100_000);
    const kubernetes = fakeKubernetes(clock);
    for (const name of ['w-01', 'w-02']) {
      kubernetes.nodes.set(NodeName.parse(name), nodeObject(name, { ready: name === 'w-01' }));
    }
    const step = CordonNode.parse({
      kind: 'cordon-node',
      key: 'v1.34.9/w-01/cordon-node',
      input: { node: 'w-01', maxUnavailable: 1 },
    });
    const context = testContext({ policy: { drain: { timeoutSeconds: 600 } } });
    const tried = await attempt(cordonNode({ kubernetesOf: () => kubernetes, clock }), step, context);
    expect(tried).toMatchObject({ status: 'failed', failure: { code: 'workers.too-many-unavailable' } });
    expect(clock.elapsed() - began).toBe(600_000);
  });

  const held = (policy: object) => {
    const world = drainWorld();
    const began = world.clock.elapsed();
    world.put(
      podObject('shop/web-1', { labels: { app: 'web' }, controller: { kind: 'ReplicaSet', name: 'w' } }),
    );
    world.kubernetes.pdbs.set('shop/web', pdb('web', 0));
    world.kubernetes.onEvict = () => blockedByBudget;
    const context = testContext({ policy: { drain: policy } });
    const say = (ms: number, what: object) =>
      world.after(ms, () =>
        context.given.push(
          Answer.parse({ at: new Date(world.clock.now()).toISOString(), by: dana, ...what }),
        ),
      );
    return { world, context, say, took: () => world.clock.elapsed() - began };
  };

  test('leaves a drain its time, and tells what stands still when patience is over, in the time that people read', async () => {
    const { world, context, took } = held({ timeoutSeconds: 600, patienceSeconds: 120 });
    setAfter(world.clock, 60_000);
    expect(await world.drain(context)).toMatchObject({
      status: 'failed',
      failure: { code: 'drain.pdb-blocked' },
    });
    expect(took()).toBe(600_000);
    expect(context.standstills).toMatchObject([{ since: world.at(byMs), until: world.at(600_000 + byMs) }]);
  });

  test.each([
    ['before', 30_000],
    ['after', 90_000],
  ])('gives a drain the time that people gave it %s that', async (__, ms) => {
    const { world, context, say, took } = held({ timeoutSeconds: 600, patienceSeconds: 20 });
    setAfter(world.clock, 60_000);
    say(ms, { kind: 'keep-waiting', seconds: 1_800 });
    expect(await world.drain(context)).toMatchObject({ status: 'failed' });
    expect(Math.abs(took() - ms - 1_800_000)).toBeLessThanOrEqual(1_000);
  });

  test('does not keep a drain from hearing that it is to stop', async () => {
    const { world, context, say, took } = held({ timeoutSeconds: 600 });
    setAfter(world.clock, 60_000);
    say(90_000, { kind: 'stop' });
    expect(await world.drain(context)).toMatchObject({ status: 'failed' });
    expect(took()).toBeLessThanOrEqual(91_000);
  });
});

test('an attempt that is taken up after the clock was set back begins its time anew, and not later', async () => {
  const world = drainWorld();
  const began = world.clock.elapsed();
  world.put(podObject('shop/web-1', { controller: { kind: 'ReplicaSet', name: 'w' } }));
  world.kubernetes.onEvict = () => blockedByBudget;
  const context = testContext({
    policy: { drain: { timeoutSeconds: 600 } },
    startedAt: world.clock.now() + hour,
  });
  expect(await world.drain(context)).toMatchObject({ status: 'failed' });
  expect(world.clock.elapsed() - began).toBe(600_000);
});
