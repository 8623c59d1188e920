import { describe, expect, test } from 'vitest';
import { Answer, Standstill, type Workload } from '../../src/domain/blockage.ts';
import { StepFailure } from '../../src/domain/failure.ts';
import { run, type TestContext, testContext } from '../support/attempts.ts';
import { nodeObject, podObject } from '../support/fake-kubernetes.ts';
import { blockedByBudget, type DrainWorld, dana, drainWorld, node, pdb } from './drain-support.ts';

const web: Workload = { kind: 'Deployment', namespace: 'shop', name: 'web' };
const patient = { drain: { patienceSeconds: 60, timeoutSeconds: 1_800 } };

/** A pod of Deployment web that its budget holds; it leaves once the Deployment has a replica more. */
function heldByBudget(world: DrainWorld) {
  const pod = podObject('shop/web-1', {
    labels: { app: 'web', team: 'payments' },
    controller: { kind: 'ReplicaSet', name: 'web-abc' },
  });
  world.put(pod);
  const { scales, pdbs } = world.kubernetes;
  scales.deployments.set('shop/web-abc', 'shop/web');
  scales.workloads.set('Deployment shop/web', { replicas: 2 });
  pdbs.set('shop/web', pdb('web', 0));
  world.kubernetes.onEvict = () => (replicas(world) > 2 ? undefined : blockedByBudget);
  return pod;
}
const replicas = (world: DrainWorld) =>
  world.kubernetes.scales.workloads.get('Deployment shop/web')?.replicas ?? 0;
const mark = (world: DrainWorld) => world.kubernetes.scales.workloads.get('Deployment shop/web')?.mark;

const answer = (world: DrainWorld, ms: number, what: object): Answer =>
  Answer.parse({ at: world.at(ms), by: dana, ...what });
const answering = (world: DrainWorld, context: TestContext, ms: number, what: object): void =>
  world.after(ms, () => void context.given.push(answer(world, ms, what)));

describe('a drain that stands still', () => {
  test('tells which pod, under which budget with its arithmetic, whose it is, since when, and what has moved', async () => {
    const world = drainWorld();
    const { uid } = heldByBudget(world);
    world.put(podObject('shop/other', { controller: { kind: 'StatefulSet', name: 'x' } }));
    world.kubernetes.terminationMs = () => 10_000;
    world.kubernetes.onEvict = ({ name }) => (name === 'other' ? undefined : blockedByBudget);
    const context = testContext({ policy: patient });
    await world.drain(context);
    expect(context.standstills).toHaveLength(1);
    expect(Standstill.parse(context.standstills[0])).toEqual({
      blockages: [
        {
          namespace: 'shop',
          name: 'web-1',
          uid,
          reason: 'budget',
          message: blockedByBudget.message,
          since: world.at(0),
          budgets: [
            {
              namespace: 'shop',
              name: 'web',
              minAvailable: '2',
              desiredHealthy: 2,
              currentHealthy: 2,
              expectedPods: 3,
              disruptionsAllowed: 0,
            },
          ],
          owner: { text: 'payments', source: 'label team of the pod' },
          workload: { ...web, replicas: 2 },
        },
      ],
      moved: 1,
      left: 1,
      since: world.at(10_000),
      until: world.at(1_800_000),
    });
    expect(context.blocks[0]).toMatchObject({ code: 'drain.pdb-blocked', facts: { pod: 'shop/web-1' } });
  });

  test.each([
    ['annotation of the pod', { annotations: { 'k8s-upgrade-bot/owner': '@pay' } }, {}, '@pay'],
    ['annotation of the namespace', {}, { annotations: { 'k8s-upgrade-bot/owner': '@shop' } }, '@shop'],
    ['label of the namespace', {}, { labels: { team: 'shop' } }, 'shop'],
    ['configuration', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, {}, '<@U0SHOP>'],
  ])('finds the owner in the %s', async (_, ofPod, ofNamespace, text) => {
    const world = drainWorld();
    world.put(podObject('shop/db-0', ofPod));
    world.kubernetes.onEvict = () => blockedByBudget;
    world.kubernetes.namespaces.set('shop', { name: 'shop', labels: {}, annotations: {}, ...ofNamespace });
    const context = testContext({
      policy: { drain: { ...patient.drain, owners: { namespaces: { shop: '<@U0SHOP>' } } } },
    });
    await world.drain(context);
    expect(context.standstills[0]?.blockages[0]?.owner?.text).toBe(text);
  });

  test.each([
    [
      'several-budgets',
      { status: 'refused', code: 500, message: 'This pod has more than one PodDisruptionBudget' },
    ],
    ['namespace-terminating', { status: 'namespace-terminating' }],
    ['budget', blockedByBudget],
    ['webhook-silent', { status: 'refused', code: 500, message: 'failed calling webhook "guard": EOF' }],
    ['refused', { status: 'refused', code: 403, message: 'admission webhook "guard" denied the request' }],
  ] as const)('knows %s', async (reason, outcome) => {
    const world = drainWorld();
    // Another pod keeps the drain going where the first is given up at once.
    world.put(podObject('shop/a'), podObject('shop/b'));
    world.kubernetes.onEvict = ({ name }) => (name === 'a' ? outcome : blockedByBudget);
    const context = testContext({ policy: patient });
    await world.drain(context);
    expect(context.standstills[0]?.blockages.find(({ name }) => name === 'a')?.reason).toBe(reason);
  });

  test('names the finalizers of a pod that was told to end', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a', { finalizers: ['example.com/hold'] }));
    world.kubernetes.terminationMs = () => Number.POSITIVE_INFINITY;
    const context = testContext({ policy: patient });
    const tried = await world.drain(context);
    expect(context.standstills[0]?.blockages[0]).toMatchObject({
      reason: 'terminating',
      message: expect.stringContaining('and its finalizer example.com/hold keeps it'),
      finalizers: ['example.com/hold'],
    });
    expect(tried).toMatchObject({ failure: { code: 'drain.pod-stuck' } });
    expect((tried as { failure: Error }).failure.message).toContain(
      'its finalizer example.com/hold keeps it',
    );
  });

  test('says first that the machine itself is away, where nothing can end before it answers', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'));
    world.kubernetes.terminationMs = () => Number.POSITIVE_INFINITY;
    const notReadyBecause = 'Kubelet stopped posting node status';
    world.kubernetes.nodes.set(node, nodeObject(node, { ready: false, notReadyBecause }));
    const context = testContext({ policy: patient });
    const tried = await world.drain(context);
    expect(context.standstills[0]?.nodeAway).toBe(`not Ready (${notReadyBecause})`);
    expect((tried as { failure: Error }).failure.message).toMatch(
      /^w-01 is itself not Ready \(Kubelet stopped posting node status\): no pod on it can end before it answers\. Pod shop\/a/,
    );
  });

  test('is told again when something else is in the way, and that it has resolved when nothing is', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'), podObject('shop/b'));
    world.kubernetes.onEvict = ({ name }) =>
      world.elapsed() < (name === 'a' ? 100_000 : 200_000) ? blockedByBudget : undefined;
    const context = testContext({ policy: patient });
    expect((await world.drain(context)).status).toBe('succeeded');
    expect(context.standstills.map(({ blockages }) => blockages.map(({ name }) => name))).toEqual([
      ['a', 'b'],
      ['b'],
    ]);
    expect(context.resolved.count).toBe(0);
  });

  test('that goes on by itself is told to have resolved while the pod still ends', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'));
    world.kubernetes.terminationMs = () => 20_000;
    world.kubernetes.onEvict = () => (world.elapsed() < 90_000 ? blockedByBudget : undefined);
    const context = testContext({ policy: patient });
    expect((await world.drain(context)).status).toBe('succeeded');
    expect(context.resolved.count).toBe(1);
  });

  test('is told even if nothing about it can be looked up', async () => {
    const world = drainWorld();
    heldByBudget(world);
    const away = async (): Promise<never> => {
      throw new StepFailure('kubernetes.refused', 'no');
    };
    Object.assign(world.kubernetes, { listPdbs: away, getNamespace: away, workloadOf: away });
    const context = testContext({ policy: patient });
    await world.drain(context);
    expect(context.standstills[0]?.blockages[0]).toMatchObject({ name: 'web-1', budgets: [] });
  });
});

describe('what people answer', () => {
  test('to keep waiting gives more time, and the next call for help comes when patience is over again', async () => {
    const world = drainWorld();
    heldByBudget(world);
    const context = testContext({ policy: patient });
    answering(world, context, 1_700_000, { kind: 'keep-waiting', seconds: 600 });
    expect((await world.drain(context)).status).toBe('failed');
    expect(world.elapsed()).toBe(2_300_000);
    expect(context.standstills.map(({ until }) => until)).toEqual([world.at(1_800_000), world.at(2_300_000)]);
  });

  test('to delete instead deletes that very pod, with its own grace period', async () => {
    const world = drainWorld();
    const { uid } = heldByBudget(world);
    const context = testContext({ policy: patient });
    const pod = { kind: 'delete-pod', namespace: 'shop', name: 'web-1' };
    answering(world, context, 70_000, { ...pod, uid: 'another' });
    answering(world, context, 80_000, { ...pod, uid });
    expect((await world.drain(context)).status).toBe('succeeded');
    expect(world.kubernetes.journal).toEqual(['cordon w-01', 'delete shop/web-1']);
    expect(world.elapsed()).toBeGreaterThanOrEqual(80_000);
    expect(world.elapsed()).toBeLessThanOrEqual(81_000);
  });

  test('to delete the last pod, which has just gone by itself, ends the drain well', async () => {
    const world = drainWorld();
    const { uid } = heldByBudget(world);
    world.kubernetes.deletePod = async (pod) => {
      world.kubernetes.pods.delete(pod.uid);
      return 'gone';
    };
    const context = testContext({ policy: patient });
    answering(world, context, 70_000, { kind: 'delete-pod', namespace: 'shop', name: 'web-1', uid });
    expect(await world.drain(context)).toMatchObject({ status: 'succeeded' });
    expect(world.elapsed()).toBeLessThanOrEqual(71_000);
  });

  test('a deletion that the API server refuses is told once, and the drain goes on', async () => {
    const world = drainWorld();
    const { uid } = heldByBudget(world);
    world.kubernetes.deletePod = async () => {
      throw new StepFailure('kubernetes.refused', 'pods is forbidden');
    };
    const context = testContext({ policy: patient });
    answering(world, context, 70_000, { kind: 'delete-pod', namespace: 'shop', name: 'web-1', uid });
    expect(await world.drain(context)).toMatchObject({ failure: { code: 'drain.pdb-blocked' } });
    expect(context.notes).toEqual(['shop/web-1 was not deleted: pods is forbidden']);
  });

  test('to scale up by one lets the pod go, and what there was is put back after it', async () => {
    const world = drainWorld();
    heldByBudget(world);
    const context = testContext({ policy: patient });
    answering(world, context, 70_000, { kind: 'scale-up', workload: web });
    const marks: unknown[] = [];
    world.after(75_000, () => void marks.push(mark(world)));
    world.kubernetes.terminationMs = () => 10_000;
    expect((await world.drain(context)).status).toBe('succeeded');
    expect(marks).toEqual([{ run, replicas: 2, nodes: [node] }]);
    expect(world.kubernetes.journal).toEqual([
      'cordon w-01',
      'scale Deployment shop/web to 3',
      'evict shop/web-1',
      'scale Deployment shop/web to 2',
    ]);
    expect(context.notes).toEqual([
      'shop/web has one replica more until w-01 is drained',
      'shop/web has the replicas again that it had',
    ]);
  });

  test.each(['fails', 'is left for an abort'])('a drain that %s puts the replicas back, too', async (how) => {
    const world = drainWorld();
    heldByBudget(world);
    world.kubernetes.onEvict = () => blockedByBudget;
    const context = testContext({ policy: patient });
    answering(world, context, 70_000, { kind: 'scale-up', workload: web });
    if (how !== 'fails') world.after(90_000, () => context.abandon.abort());
    expect((await world.drain(context)).status).toBe('failed');
    expect(replicas(world)).toBe(2);
    expect(mark(world)).toBeUndefined();
  });

  test('a replica that cannot be put back is told beside what the drain failed of, which matters more', async () => {
    const world = drainWorld();
    heldByBudget(world);
    world.kubernetes.onEvict = () => blockedByBudget;
    world.kubernetes.dropReplica = async () => {
      throw new StepFailure('kubernetes.refused', 'deployments is forbidden');
    };
    const context = testContext({ policy: patient });
    answering(world, context, 70_000, { kind: 'scale-up', workload: web });
    expect(await world.drain(context)).toMatchObject({ failure: { code: 'drain.pdb-blocked' } });
    expect(context.notes.at(-1)).toBe(
      'Deployment shop/web keeps the replica that was added: deployments is forbidden',
    );
  });

  test('a replica that cannot be put back after a drain that went well fails the step', async () => {
    const world = drainWorld();
    heldByBudget(world);
    world.kubernetes.dropReplica = async () => {
      throw new StepFailure('kubernetes.refused', 'deployments is forbidden');
    };
    const context = testContext({ policy: patient });
    answering(world, context, 70_000, { kind: 'scale-up', workload: web });
    expect(await world.drain(context)).toMatchObject({
      failure: { code: 'kubernetes.refused', facts: { workload: 'Deployment shop/web' } },
    });
  });

  test.each([
    ['while it waits', 80_000],
    ['after the last pod has gone', 85_000],
  ])('a process that is stopped %s leaves the replica to the next, which puts it back', async (_, stopAt) => {
    const world = drainWorld();
    heldByBudget(world);
    world.kubernetes.terminationMs = () => 5_000;
    world.kubernetes.onEvict = () =>
      replicas(world) > 2 && world.elapsed() >= 80_000 ? undefined : blockedByBudget;
    const first = testContext({ policy: patient });
    answering(world, first, 70_000, { kind: 'scale-up', workload: web });
    world.after(stopAt, () => first.stop.abort(new Error('stopped')));
    // The very moment: what comes after the last pod is not done any more.
    world.kubernetes.dropReplica = async (workload, of) => {
      if (world.elapsed() >= 85_000 && !first.stop.signal.aborted) throw new Error('died');
      return world.kubernetes.scales.drop(workload, of);
    };
    await expect(world.drain(first)).rejects.toThrow(/stopped|died/);
    expect(replicas(world)).toBe(3);
    first.stop.abort();
    const second = testContext({ policy: patient, given: [...first.given] });
    expect((await world.drain(second)).status).toBe('succeeded');
    expect(replicas(world)).toBe(2);
    expect(mark(world)).toBeUndefined();
  });

  test('a workload that another run has scaled is left to it', async () => {
    const world = drainWorld();
    heldByBudget(world);
    world.kubernetes.scales.add(web, { run: 'zzz999' as typeof run, for: node });
    world.kubernetes.onEvict = () => blockedByBudget;
    const context = testContext({ policy: patient });
    answering(world, context, 70_000, { kind: 'scale-up', workload: web });
    await world.drain(context);
    expect(context.notes).toEqual(['shop/web was not scaled up: it is gone, or another run has it scaled']);
    expect(replicas(world)).toBe(3);
  });

  test.each(['skip-node', 'stop'])(
    '%s, said while no process was at it, ends the attempt that is taken up',
    async (kind) => {
      const world = drainWorld();
      heldByBudget(world);
      const startedAt = world.clock.now() - 60_000;
      const context = testContext({ policy: patient, startedAt, given: [answer(world, -30_000, { kind })] });
      expect(await world.drain(context)).toMatchObject({ status: 'failed' });
      expect(world.elapsed()).toBeLessThanOrEqual(2_000);
    },
  );

  test.each(['skip-node', 'stop'])('%s ends the drain with what it waits for', async (kind) => {
    const world = drainWorld();
    heldByBudget(world);
    const context = testContext({ policy: patient });
    answering(world, context, 70_000, { kind });
    expect(await world.drain(context)).toMatchObject({
      failure: { code: 'drain.pdb-blocked', retry: 'halt' },
    });
    expect(world.elapsed()).toBeLessThanOrEqual(71_000);
    // Who tries again means it: only what is answered to the new attempt ends that one.
    const again = testContext({ policy: patient, given: context.given, startedAt: world.clock.now() });
    await world.drain(again);
    expect(world.elapsed()).toBeGreaterThan(1_800_000);
  });
});
