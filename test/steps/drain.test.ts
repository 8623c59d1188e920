import { beforeEach, describe, expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { NodeName, StepKey } from '../../src/domain/names.ts';
import type { DrainNode } from '../../src/domain/step.ts';
import { cordonAnnotation } from '../../src/ports/kubernetes.ts';
import { drainNode } from '../../src/steps/drain/drain-node.ts';
import { attempt, run, testContext } from '../support/attempts.ts';
import { type FakeKubernetes, fakeKubernetes, nodeObject, podObject } from '../support/fake-kubernetes.ts';
import { type WaitingClock, waitingClock } from '../support/waiting-clock.ts';
import { blockedByBudget, drainWorld } from './drain-support.ts';

const node = NodeName.parse('w-01');
const step: DrainNode = {
  kind: 'drain-node',
  key: StepKey.parse('v1.34.9/w-01/drain-node'),
  input: { node },
};
const budgetSays = 'The disruption budget db needs 2 healthy pods and has 2 currently';

let clock: WaitingClock;
let kubernetes: FakeKubernetes;
beforeEach(() => {
  clock = waitingClock();
  kubernetes = fakeKubernetes(clock);
  kubernetes.nodes.set(node, nodeObject('w-01'));
  kubernetes.daemonSets.set('kube-system/kube-proxy', {
    image: 'x',
    desired: 1,
    updated: 1,
    available: 1,
    observed: true,
  });
});
const put = (...pods: ReturnType<typeof podObject>[]) => {
  for (const pod of pods) kubernetes.pods.set(pod.uid, { ...pod, node });
};
const handler = () => drainNode({ kubernetesOf: () => kubernetes, clock });
const kubeProxy = () =>
  podObject('kube-system/kube-proxy-1', { controller: { kind: 'DaemonSet', name: 'kube-proxy' } });

describe('what is evicted', () => {
  test('everything but DaemonSet and mirror pods, after the cordon with the mark of the run', async () => {
    put(
      podObject('shop/web-1'),
      podObject('shop/db-0', { hasEmptyDir: true }),
      podObject('kube-system/etcd-w-01', { isMirror: true, controller: { kind: 'Node', name: 'w-01' } }),
      kubeProxy(),
    );
    const tried = await attempt(handler(), step, testContext());
    expect(tried).toMatchObject({ status: 'succeeded', facts: { moved: '2 pods moved in 1 s' } });
    expect(kubernetes.journal).toEqual(['cordon w-01', 'evict shop/web-1', 'evict shop/db-0']);
    expect(kubernetes.nodes.get(node)?.annotations[cordonAnnotation]).toBe(run);
    expect([...kubernetes.pods.values()].map(({ name }) => name)).toEqual(['etcd-w-01', 'kube-proxy-1']);
  });

  test.each([
    ['a pod without a controller', () => podObject('shop/bare', { controller: undefined as never })],
    [
      'a pod whose DaemonSet is gone',
      () => podObject('shop/orphan', { controller: { kind: 'DaemonSet', name: 'gone' } }),
    ],
  ])('%s is refused, and nothing at all is evicted', async (_, make) => {
    put(podObject('shop/web-1'), withoutController(make()));
    const tried = await attempt(handler(), step, testContext());
    expect(tried).toMatchObject({ status: 'failed', failure: { code: 'drain.refused', retry: 'halt' } });
    expect(kubernetes.journal).toEqual(['cordon w-01']);
  });

  test('policy may give pods without a controller up', async () => {
    put(withoutController(podObject('shop/bare', { controller: undefined as never })));
    const tried = await attempt(
      handler(),
      step,
      testContext({ policy: { drain: { deleteUnmanagedPods: true } } }),
    );
    expect(tried.status).toBe('succeeded');
    expect(kubernetes.journal).toContain('evict shop/bare');
  });

  test('emptyDir data is kept where policy says so', async () => {
    put(podObject('shop/db-0', { hasEmptyDir: true }));
    const tried = await attempt(
      handler(),
      step,
      testContext({ policy: { drain: { deleteEmptyDirData: false } } }),
    );
    expect(tried).toMatchObject({ failure: { code: 'drain.refused', facts: { pods: 'shop/db-0' } } });
  });

  test('finished pods pass the filters for controllers and emptyDir', async () => {
    put(
      withoutController(
        podObject('shop/job', { phase: 'Succeeded', hasEmptyDir: true, controller: undefined as never }),
      ),
    );
    const tried = await attempt(
      handler(),
      step,
      testContext({ policy: { drain: { deleteEmptyDirData: false } } }),
    );
    expect(tried.status).toBe('succeeded');
  });
});

describe('waiting', () => {
  test('a budget that opens is waited for, and asked again at growing intervals', async () => {
    put(podObject('shop/db-1'));
    const asked: number[] = [];
    const opens = clock.now() + 20_000;
    kubernetes.onEvict = () => {
      asked.push(clock.now());
      return clock.now() < opens ? { status: 'blocked', message: budgetSays } : undefined;
    };
    expect((await attempt(handler(), step, testContext())).status).toBe('succeeded');
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(gaps.slice(0, 4)).toEqual([250, 375, 562.5, 843.75]);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5_000);
  });

  test('of fifty pods under one budget one asks at a time, and each gets its turn', async () => {
    put(...Array.from({ length: 50 }, (_, number) => podObject(`shop/web-${number}`)));
    let asked = 0;
    let free = clock.now() + 10_000;
    kubernetes.onEvict = () => {
      asked += 1;
      if (clock.now() < free) return { status: 'blocked', message: budgetSays };
      free = clock.now() + 3_000;
      return undefined;
    };
    expect((await attempt(handler(), step, testContext())).status).toBe('succeeded');
    expect(kubernetes.journal.filter((line) => line.startsWith('evict'))).toHaveLength(50);
    // All once at first, then one for every look at the budget: kubectl would have asked some 750 times.
    expect(asked).toBeLessThan(50 + 50 * 8);
  });

  test('Retry-After is honoured', async () => {
    put(podObject('shop/db-1'));
    const asked: number[] = [];
    kubernetes.onEvict = () => {
      asked.push(clock.now());
      return asked.length === 1
        ? { status: 'blocked', message: 'not yet observed', retryAfterSeconds: 10 }
        : undefined;
    };
    await attempt(handler(), step, testContext());
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBe(10_000);
  });

  test('people are told once what blocks, with the arithmetic, and the run goes on waiting', async () => {
    put(podObject('shop/db-1'));
    kubernetes.onEvict = () => ({ status: 'blocked', message: budgetSays });
    const context = testContext({ policy: { drain: { timeoutSeconds: 600, patienceSeconds: 60 } } });
    const tried = await attempt(handler(), step, context);
    expect(context.blocks).toHaveLength(1);
    expect(context.blocks[0]).toMatchObject({
      code: 'drain.pdb-blocked',
      facts: { node: 'w-01', pod: 'shop/db-1', pdb: 'shop/db', needs: '2', has: '2' },
    });
    expect(tried).toMatchObject({ failure: { code: 'drain.pdb-blocked', retry: 'halt' } });
  });

  test('progress renews the patience', async () => {
    put(podObject('shop/a'), podObject('shop/b'), podObject('shop/c'));
    let at = clock.now();
    kubernetes.onEvict = () => {
      if (clock.now() - at < 50_000) return { status: 'blocked', message: budgetSays };
      at = clock.now();
      return undefined;
    };
    const context = testContext({ policy: { drain: { timeoutSeconds: 600, patienceSeconds: 60 } } });
    expect((await attempt(handler(), step, context)).status).toBe('succeeded');
    expect(context.blocks).toEqual([]);
  });

  test('a pod that does not end is told by name', async () => {
    put(podObject('shop/slow'));
    kubernetes.terminationMs = () => 3_600_000;
    const tried = await attempt(handler(), step, testContext({ policy: { drain: { timeoutSeconds: 60 } } }));
    expect(tried).toMatchObject({ failure: { code: 'drain.pod-stuck', facts: { pod: 'shop/slow' } } });
  });

  test('a terminating namespace takes its pod along', async () => {
    put(podObject('gone/web-1'));
    const [pod] = kubernetes.pods.values();
    let asked = 0;
    kubernetes.onEvict = () => {
      asked += 1;
      if (asked === 3 && pod) kubernetes.pods.delete(pod.uid);
      return { status: 'namespace-terminating' };
    };
    expect((await attempt(handler(), step, testContext())).status).toBe('succeeded');
  });

  test('an eviction that fails otherwise fails that pod only', async () => {
    put(podObject('shop/a'), podObject('shop/b'));
    kubernetes.onEvict = ({ name }) =>
      name === 'a'
        ? { status: 'refused', code: 500, message: 'more than one PodDisruptionBudget' }
        : undefined;
    const tried = await attempt(handler(), step, testContext());
    expect(tried).toMatchObject({ failure: { code: 'drain.eviction-failed', facts: { pod: 'shop/a' } } });
    expect(kubernetes.journal).toContain('evict shop/b');
  });

  test('an eviction that the API server refuses outright fails that pod only', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'), podObject('shop/b'));
    const evict = world.kubernetes.evictPod.bind(world.kubernetes);
    world.kubernetes.evictPod = async (pod, seconds) => {
      if (pod.name === 'a') throw new StepFailure('kubernetes.refused', 'pods/eviction is forbidden');
      return evict(pod, seconds);
    };
    expect(await world.drain(testContext())).toMatchObject({
      failure: {
        code: 'drain.eviction-failed',
        message: expect.stringContaining('pods/eviction is forbidden'),
        facts: { pod: 'shop/a' },
      },
    });
    expect(world.kubernetes.journal).toContain('evict shop/b');
  });

  test('a fault of our own is not taken for one of the cluster', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'), podObject('shop/b'));
    world.kubernetes.evictPod = async () => {
      throw new TypeError('a bug');
    };
    await expect(world.drain(testContext())).rejects.toThrow('a bug');
    expect(world.kubernetes.watches.open).toBe(0);
  });

  test('a webhook that has said no is not asked again', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'), podObject('shop/b'));
    const asked: string[] = [];
    world.kubernetes.onEvict = ({ name }) => {
      asked.push(name);
      if (name === 'b') return world.elapsed() < 30_000 ? blockedByBudget : undefined;
      return { status: 'refused', code: 403, message: 'admission webhook "guard" denied the request' };
    };
    expect(await world.drain(testContext())).toMatchObject({ failure: { code: 'drain.eviction-failed' } });
    expect(asked.filter((name) => name === 'a')).toHaveLength(1);
  });

  const webhookAway = {
    status: 'refused',
    code: 500,
    message: 'Internal error occurred: failed calling webhook "guard": failed to call webhook: no endpoints',
  } as const;

  test('a webhook whose pods have just moved is asked again until it answers', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'));
    world.kubernetes.onEvict = () => (world.elapsed() < 40_000 ? webhookAway : undefined);
    expect((await world.drain(testContext())).status).toBe('succeeded');
  });

  test('a webhook that stays away fails the drain after a minute', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'));
    world.kubernetes.onEvict = () => webhookAway;
    expect(await world.drain(testContext())).toMatchObject({ failure: { code: 'drain.eviction-failed' } });
    expect(world.elapsed()).toBeGreaterThanOrEqual(60_000);
    expect(world.elapsed()).toBeLessThan(70_000);
  });

  test('an API that is gone for two minutes is waited for', async () => {
    put(podObject('shop/a'), podObject('shop/b'));
    kubernetes.onEvict = ({ name }) => {
      if (name !== 'b') return undefined;
      const back = clock.now() + 120_000;
      kubernetes.unavailable = () => clock.now() < back;
      kubernetes.onEvict = () => undefined;
      return { status: 'blocked', message: budgetSays };
    };
    expect((await attempt(handler(), step, testContext())).status).toBe('succeeded');
  });

  test('stops at once when the process is to stop', async () => {
    put(podObject('shop/a'));
    const context = testContext();
    kubernetes.onEvict = () => {
      context.stop.abort(new Error('stopping'));
      return { status: 'blocked', message: budgetSays };
    };
    await expect(attempt(handler(), step, context)).rejects.toThrow('stopping');
  });
});

describe('whose cordon it is', () => {
  test('a node that somebody else cordoned keeps that cordon, and it is told', async () => {
    kubernetes.nodes.set(node, nodeObject('w-01', { unschedulable: true }));
    put(podObject('shop/web-1'));
    const tried = await attempt(handler(), step, testContext());
    expect(tried).toMatchObject({ facts: { cordon: 'left as it is: somebody else cordoned it' } });
    expect(kubernetes.journal).toEqual(['evict shop/web-1']);
  });

  test('a cordoned node with nothing left but a pod that policy keeps is not done', async () => {
    const { controller: _, ...bare } = podObject('shop/bare');
    put(bare);
    await kubernetes.cordon(node, run);
    const context = testContext({ policy: { drain: { deleteUnmanagedPods: false } } });
    expect(await handler().observe(step, context)).toEqual({ status: 'to-do' });
    const willing = testContext({ policy: { drain: { deleteUnmanagedPods: true } } });
    expect(await handler().observe(step, willing)).toEqual({ status: 'to-do' });
  });

  test('a drain says how much has moved, and nothing of what has not come back', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'), podObject('shop/b'));
    world.kubernetes.terminationMs = () => 12_000;
    expect(await world.drain(testContext())).toMatchObject({
      status: 'succeeded',
      facts: { moved: '2 pods moved in 12 s' },
    });
    const facts = (await world.drain(testContext())) as { facts: object };
    expect(facts.facts).toEqual({});
    const one = drainWorld();
    one.put(podObject('shop/a'));
    const moved = (await one.drain(testContext())) as { facts: object };
    expect(moved.facts).toEqual({ moved: '1 pod moved in 1 s' });
  });

  test('an empty, cordoned node is done; an empty one without a cordon is not', async () => {
    put(kubeProxy());
    const context = testContext();
    expect(await handler().observe(step, context)).toEqual({ status: 'to-do' });
    await kubernetes.cordon(node, run);
    expect(await handler().observe(step, context)).toEqual({ status: 'done', facts: {} });
  });

  test('pods that tolerate the cordon and come back do not keep the run for ever', async () => {
    put(podObject('shop/agent'));
    let copies = 0;
    kubernetes.onEvict = (pod) => {
      copies += 1;
      put(podObject(`shop/agent-${copies}`));
      kubernetes.pods.delete(pod.uid);
      return { status: 'gone' };
    };
    const tried = await attempt(handler(), step, testContext());
    expect(tried).toMatchObject({
      status: 'succeeded',
      facts: { 'came back': '1, they tolerate the cordon' },
    });
    expect(copies).toBe(3);
  });
});

/** exactOptionalPropertyTypes: absent, not undefined. */
function withoutController(pod: ReturnType<typeof podObject>): ReturnType<typeof podObject> {
  const { controller, ...rest } = pod;
  return controller === undefined ? rest : pod;
}
