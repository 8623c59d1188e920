import { describe, expect, test } from 'vitest';
import type { Gate } from '../../src/domain/gate.ts';
import { instant, NodeName, StepKey, UserId } from '../../src/domain/names.ts';
import type { Step } from '../../src/domain/step.ts';
import { cordonAnnotation, quarantineLabel } from '../../src/ports/kubernetes.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { gate } from '../../src/steps/gate.ts';
import { attempt, run } from '../support/attempts.ts';
import { nodeObject, podObject } from '../support/fake-kubernetes.ts';
import { cp1, stepOf, stepWorld } from '../support/step-world.ts';

const w1 = NodeName.parse('w-1');
const amir = UserId.parse('U00000AMIR');

describe('a place among the nodes that may be away', () => {
  const step = stepOf('cordon-node', { node: w1, maxUnavailable: 2 });

  async function world(away: number) {
    const made = await stepWorld({ controlPlane: false });
    const { nodes } = made.kubernetes;
    nodes.clear();
    for (const [index, name] of ['w-1', 'w-2', 'w-3', 'w-4'].entries()) {
      // One of those that are away is NotReady, the others are cordoned.
      const isAway = index > 0 && index <= away;
      nodes.set(
        NodeName.parse(name),
        nodeObject(name, isAway && index === 1 ? { ready: false } : { unschedulable: isAway }),
      );
    }
    return made;
  }

  test('is taken by the run’s own cordon', async () => {
    const { handlers, kubernetes, context } = await world(1);
    expect(await attempt(handlers['cordon-node'], step, context())).toMatchObject({ status: 'succeeded' });
    expect(kubernetes.nodes.get(w1)).toMatchObject({
      unschedulable: true,
      annotations: { [cordonAnnotation]: run },
    });
  });

  test('is waited for, which is told once, and halts when none comes back', async () => {
    const { handlers, kubernetes, context, clock } = await world(2);
    const given = context();
    const began = clock.now();
    const tried = await attempt(handlers['cordon-node'], step, given);
    expect(tried).toMatchObject({ status: 'failed', failure: { code: 'workers.too-many-unavailable' } });
    expect(tried.status === 'failed' && tried.failure.message).toBe(
      'w-1 waits for its turn to be away: 2 of at most 2 are away (w-2 NotReady, w-3 cordoned).',
    );
    expect(given.blocks).toHaveLength(1);
    expect(kubernetes.journal).toEqual([]);
    expect(clock.now() - began).toBeGreaterThanOrEqual(1_800_000);
  });

  test('is not needed by a node that is away already', async () => {
    const { handlers, kubernetes, context } = await world(3);
    kubernetes.nodes.set(w1, nodeObject('w-1', { unschedulable: true }));
    expect(await attempt(handlers['cordon-node'], step, context())).toMatchObject({ alreadyDone: true });
    expect(kubernetes.journal).toEqual([]);
  });

  test('is given to one of two that ask at the same time', async () => {
    const { handlers, kubernetes, context } = await world(1);
    const others = [w1, NodeName.parse('w-3')].map((node) => {
      const given = context(1, { drain: { timeoutSeconds: 10 } });
      return attempt(handlers['cordon-node'], stepOf('cordon-node', { node, maxUnavailable: 2 }), given);
    });
    const ended = await Promise.all(others);
    expect(ended.map(({ status }) => status).toSorted()).toEqual(['failed', 'succeeded']);
    expect(kubernetes.journal).toHaveLength(1);
  });

  test('is no longer waited for when the run is to be aborted', async () => {
    const { handlers, context } = await world(2);
    const given = context();
    given.abandon.abort();
    expect(await attempt(handlers['cordon-node'], step, given)).toMatchObject({
      status: 'failed',
      failure: { code: 'command.stopped' },
    });
  });
});

describe('a soak', () => {
  const keyed = <S extends Step>(step: S): S => ({
    ...step,
    key: StepKey.parse(`v1.34.9/${step.kind}/batch-1`),
  });
  const record = keyed(stepOf('record-workloads', { nodes: [cp1] }));
  const soak = keyed(stepOf('soak', { timeoutSeconds: 60 }));

  async function recorded() {
    const made = await stepWorld({ controlPlane: false });
    const { kubernetes } = made;
    const put = (name: string, kind: string, owner: string) =>
      kubernetes.pods.set(
        name,
        podObject(`shop/${name}`, { uid: name, node: cp1, controller: { kind, name: owner } }),
      );
    put('web-1', 'ReplicaSet', 'web');
    put('web-2', 'ReplicaSet', 'web');
    put('db-0', 'StatefulSet', 'db');
    put('job-1', 'Job', 'job');
    kubernetes.replicas.set('shop/ReplicaSet/web', { desired: 3, ready: 3 });
    kubernetes.replicas.set('shop/StatefulSet/db', { desired: 3, ready: 2 });
    expect(await attempt(made.handlers['record-workloads'], record, made.context())).toMatchObject({
      status: 'succeeded',
    });
    return made;
  }

  test('is over at once when everything is as ready as before, even where that was not wholly', async () => {
    const { handlers, context } = await recorded();
    expect(await attempt(handlers.soak, soak, context())).toMatchObject({ alreadyDone: true });
  });

  test('waits for what is less ready than before, and names it when it does not come back', async () => {
    const { handlers, context, kubernetes } = await recorded();
    kubernetes.replicas.set('shop/ReplicaSet/web', { desired: 3, ready: 1 });
    const given = context();
    const tried = await attempt(handlers.soak, soak, given);
    expect(tried.status === 'failed' && tried.failure.message).toBe(
      'After batch-1 not everything came back in 60 s: shop/web has 1 of 3 ready.',
    );
    expect(given.notes).toEqual(['waits for shop/web has 1 of 3 ready']);
  });

  test('misses nothing that was scaled down or taken away meanwhile', async () => {
    const { handlers, context, kubernetes } = await recorded();
    kubernetes.replicas.set('shop/ReplicaSet/web', { desired: 1, ready: 1 });
    kubernetes.replicas.delete('shop/StatefulSet/db');
    expect(await attempt(handlers.soak, soak, context())).toMatchObject({ status: 'succeeded' });
  });

  test('lasts for at least as long as policy says, counted from when it first began', async () => {
    const { handlers, context, clock } = await recorded();
    const began = clock.now();
    const long = keyed(stepOf('soak', { minimumSeconds: 300, timeoutSeconds: 60 }));
    expect(await attempt(handlers.soak, long, context())).toMatchObject({ status: 'succeeded' });
    expect(clock.now() - began).toBeGreaterThanOrEqual(300_000);
    // Taken up again after a crash, nothing begins anew.
    expect(await attempt(handlers.soak, long, context())).toMatchObject({ alreadyDone: true });
  });
});

describe('a gate', () => {
  const common = { before: 'workers', timeoutMinutes: 10 } as const;
  const gateStep = (wanted: Gate, node?: NodeName) =>
    stepOf('gate', { name: 'workers-1', gate: wanted, ...(node ? { node } : {}) });
  const vote = (choice: 'yes' | 'open', by: UserId = amir) =>
    ({ step: gateStep({ kind: 'approval', ...common, needed: 1 }).key, by, choice, at: instant(0) }) as const;

  test('opens when as many people have said yes as it asks for', async () => {
    const { handlers, context } = await stepWorld();
    const step = gateStep({ kind: 'healthy', ...common, needed: 2 });
    const given = context();
    given.voted.push(vote('yes'), vote('yes', UserId.parse('U000000OLI')));
    expect(await attempt(handlers.gate, step, given)).toMatchObject({ status: 'succeeded' });
  });

  test('stays closed with fewer, says once what it waits for, and halts when its time is over', async () => {
    const { handlers, context, clock } = await stepWorld();
    const given = context();
    given.voted.push(vote('yes'));
    const began = clock.now();
    const tried = await attempt(handlers.gate, gateStep({ kind: 'healthy', ...common, needed: 2 }), given);
    expect(tried).toMatchObject({
      status: 'failed',
      failure: { code: 'gate.closed', message: 'Gate workers-1 is closed: 1 of 2 have said healthy.' },
    });
    expect(given.blocks).toHaveLength(1);
    expect(clock.now() - began).toBeGreaterThanOrEqual(600_000);
  });

  test('is opened by an approver alone, whatever it asks for', async () => {
    const { handlers, context } = await stepWorld();
    const given = context();
    given.voted.push(vote('open'));
    const step = gateStep({ kind: 'promql', ...common, everySeconds: 30, query: 'up == 1' });
    expect(await attempt(handlers.gate, step, given)).toMatchObject({ status: 'succeeded' });
  });

  test('asks its query no more often than policy says, and opens when it holds', async () => {
    const world = await stepWorld();
    const asked: number[] = [];
    const metrics: Metrics = {
      async query() {
        asked.push(world.clock.now());
        return asked.length < 3 ? [{ labels: {}, value: 0 }] : [{ labels: {}, value: 1 }];
      },
    };
    const handler = gate({
      remoteHostOf: () => world.node.host,
      metricsOf: () => metrics,
      clock: world.clock,
    });
    const step = gateStep({ kind: 'promql', ...common, everySeconds: 60, query: 'up == 1' });
    expect(await attempt(handler, step, world.context())).toMatchObject({ status: 'succeeded' });
    expect(asked).toHaveLength(3);
    expect((asked[2] ?? 0) - (asked[1] ?? 0)).toBeGreaterThanOrEqual(60_000);
  });

  test('without a Prometheus a query keeps it closed', async () => {
    const { handlers, context } = await stepWorld();
    const step = gateStep({ kind: 'promql', ...common, everySeconds: 60, query: 'up' });
    expect(await attempt(handlers.gate, step, context())).toMatchObject({
      status: 'failed',
      failure: { message: 'Gate workers-1 is closed: no Prometheus is configured for this cluster.' },
    });
  });
});

describe('quarantine', () => {
  test('cordons and labels; a crash at any call leaves neither out', async () => {
    for (const crash of [1, 2].flatMap((at) =>
      (['before', 'after'] as const).map((when) => ({ at, when })),
    )) {
      const { handlers, kubernetes, context, disarm } = await stepWorld({ crashes: [crash] });
      const step = stepOf('quarantine-node');
      await attempt(handlers['quarantine-node'], step, context()).catch(() => undefined);
      disarm();
      expect(await attempt(handlers['quarantine-node'], step, context())).toMatchObject({
        status: 'succeeded',
      });
      expect(kubernetes.nodes.get(cp1)).toMatchObject({
        unschedulable: true,
        labels: { [quarantineLabel]: run },
        annotations: { [cordonAnnotation]: run },
      });
    }
  });

  test('ends with the uncordon: label and cordon go', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    await attempt(handlers['quarantine-node'], stepOf('quarantine-node'), context());
    await attempt(handlers['uncordon-node'], stepOf('uncordon-node'), context());
    expect(kubernetes.nodes.get(cp1)).toMatchObject({ unschedulable: false, labels: {} });
  });

  test('leaves the cordon of somebody else theirs', async () => {
    const { handlers, kubernetes, context } = await stepWorld();
    kubernetes.nodes.set(cp1, nodeObject('cp-1', { unschedulable: true }));
    await attempt(handlers['quarantine-node'], stepOf('quarantine-node'), context());
    expect(kubernetes.nodes.get(cp1)?.annotations).toEqual({});
    expect(kubernetes.nodes.get(cp1)?.labels).toEqual({ [quarantineLabel]: run });
  });
});
