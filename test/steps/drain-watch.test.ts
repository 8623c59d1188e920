import { describe, expect, test } from 'vitest';
import { testContext } from '../support/attempts.ts';
import { podObject } from '../support/fake-kubernetes.ts';
import { blockedByBudget, drainWorld, pdb } from './drain-support.ts';

const budgetKey = 'shop/db';

describe('watching instead of asking', () => {
  test('a pod is gone the moment it is', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'), podObject('shop/b'));
    world.kubernetes.terminationMs = ({ name }) => (name === 'a' ? 1_234 : 777);
    expect((await world.drain(testContext())).status).toBe('succeeded');
    expect(world.elapsed()).toBe(1_234);
    expect(world.kubernetes.watches.open).toBe(0);
  });

  test('an eviction that a budget forbids is asked for again in the moment in which it opens', async () => {
    const world = drainWorld();
    world.put(podObject('shop/db-0'));
    world.kubernetes.pdbs.set(budgetKey, pdb('db', 0));
    const asked: number[] = [];
    world.kubernetes.onEvict = () => {
      asked.push(world.elapsed());
      return world.elapsed() < 7_321 ? blockedByBudget : undefined;
    };
    world.after(7_321, () => world.kubernetes.pdbs.set(budgetKey, pdb('db', 1)));
    expect((await world.drain(testContext())).status).toBe('succeeded');
    // Once more before the budget can be followed at all, then every five seconds, and at once when it opens.
    expect(asked).toEqual([0, 250, 5_250, 7_321]);
  });

  test('a pod that people delete while a budget holds it is not asked for again, and told as one that ends', async () => {
    const world = drainWorld();
    const pod = podObject('shop/db-0');
    world.put(pod);
    const asked: number[] = [];
    world.kubernetes.onEvict = () => {
      asked.push(world.elapsed());
      return blockedByBudget;
    };
    world.after(12_000, () => {
      const present = world.kubernetes.pods.get(pod.uid);
      if (present) world.kubernetes.pods.set(pod.uid, { ...present, deletionTimestamp: world.at(12_000) });
    });
    world.after(100_000, () => world.kubernetes.pods.delete(pod.uid));
    const context = testContext({ policy: { drain: { patienceSeconds: 20, timeoutSeconds: 600 } } });
    expect((await world.drain(context)).status).toBe('succeeded');
    expect(asked.filter((at) => at > 12_000)).toEqual([]);
    expect(context.standstills.at(-1)?.blockages).toMatchObject([
      { reason: 'terminating', since: world.at(12_000) },
    ]);
  });

  test('whoever was told when to come again is not hurried by an open budget', async () => {
    const world = drainWorld();
    world.put(podObject('shop/db-0'));
    world.kubernetes.pdbs.set(budgetKey, pdb('db', 0));
    const asked: number[] = [];
    world.kubernetes.onEvict = () => {
      asked.push(world.elapsed());
      return asked.length === 1 ? { ...blockedByBudget, retryAfterSeconds: 10 } : undefined;
    };
    world.after(1_000, () => world.kubernetes.pdbs.set(budgetKey, pdb('db', 1)));
    await world.drain(testContext());
    expect(asked).toEqual([0, 10_000]);
  });

  test('a budget that opens unseen is found within five seconds', async () => {
    const world = drainWorld();
    world.put(podObject('shop/db-0'));
    world.kubernetes.pdbs.set(budgetKey, pdb('db', 0));
    world.kubernetes.deaf = () => true;
    world.kubernetes.terminationMs = () => 0;
    const asked: number[] = [];
    world.kubernetes.onEvict = () => {
      asked.push(world.elapsed());
      return world.elapsed() < 60_000 ? blockedByBudget : { status: 'gone' };
    };
    await world.drain(testContext());
    const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5_000);
    expect(world.elapsed()).toBeLessThanOrEqual(65_000);
  });

  test('a pod that leaves makes the others ask soon whose budget cannot be followed', async () => {
    const world = drainWorld();
    world.put(podObject('shop/db-0'), podObject('shop/web'));
    world.kubernetes.terminationMs = ({ name }) => (name === 'web' ? 30_000 : 0);
    const asked: number[] = [];
    world.kubernetes.onEvict = ({ name }) => {
      if (name === 'web') return undefined;
      asked.push(world.elapsed());
      return world.elapsed() < 30_000 ? blockedByBudget : undefined;
    };
    await world.drain(testContext());
    expect(asked.at(-1)).toBe(30_250);
  });

  test('a pod that turns out not to be ready is asked for at once: its budget may let go of it', async () => {
    const world = drainWorld();
    world.put(podObject('shop/db-0'));
    world.kubernetes.pdbs.set(budgetKey, pdb('db', 0));
    world.kubernetes.onEvict = ({ ready }) => (ready ? blockedByBudget : undefined);
    world.after(7_777, () => {
      for (const pod of world.kubernetes.pods.values()) world.put({ ...pod, ready: false });
    });
    expect((await world.drain(testContext())).status).toBe('succeeded');
    expect(world.elapsed()).toBe(7_777);
  });

  test('a watch that breaks is begun again, and nothing that happened meanwhile is missed', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'), podObject('shop/b'));
    world.kubernetes.terminationMs = ({ name }) => (name === 'a' ? 5_000 : 60_000);
    let away = false;
    world.kubernetes.unavailable = () => away;
    world.after(4_000, () => {
      away = true;
      world.kubernetes.watches.cuts += 1;
      // Wakes the watch so that it notices; the pod then ends while nobody can see it.
      world.put(podObject('shop/c', { uid: 'c' }));
      world.kubernetes.pods.delete('c');
    });
    world.after(130_000, () => {
      away = false;
    });
    expect((await world.drain(testContext())).status).toBe('succeeded');
    expect(world.elapsed()).toBeGreaterThanOrEqual(130_000);
    expect(world.elapsed()).toBeLessThanOrEqual(132_000);
  });

  test('an API server that is away at the beginning is a matter for the next attempt', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'));
    world.kubernetes.unavailable = () => world.kubernetes.journal.includes('cordon w-01');
    const tried = await world.drain(testContext());
    expect(tried).toMatchObject({ failure: { code: 'kubernetes.unavailable', retry: 'transient' } });
    expect(world.kubernetes.watches.open).toBe(0);
  });

  test('one slow eviction holds no other one up', async () => {
    const world = drainWorld();
    world.put(podObject('shop/slow'), podObject('shop/db-0'));
    world.kubernetes.pdbs.set(budgetKey, pdb('db', 0));
    const evict = world.kubernetes.evictPod.bind(world.kubernetes);
    world.kubernetes.evictPod = async (pod, grace) => {
      if (pod.name === 'slow') await world.clock.sleep(14_000);
      return evict(pod, grace);
    };
    world.kubernetes.onEvict = ({ name }) =>
      name === 'db-0' && world.elapsed() < 6_000 ? blockedByBudget : undefined;
    world.after(6_000, () => world.kubernetes.pdbs.set(budgetKey, pdb('db', 1)));
    const done = world.drain(testContext());
    world.after(6_001, () => expect(world.kubernetes.journal).toContain('evict shop/db-0'));
    expect((await done).status).toBe('succeeded');
    expect(world.elapsed()).toBe(14_000);
  });

  test('a drain that is left does not end before the eviction that is under way', async () => {
    const world = drainWorld();
    world.put(podObject('shop/slow'));
    const evict = world.kubernetes.evictPod.bind(world.kubernetes);
    let isUnderWay = false;
    world.kubernetes.evictPod = async (...given) => {
      isUnderWay = true;
      await world.clock.sleep(9_000);
      const outcome = await evict(...given);
      isUnderWay = false;
      return outcome;
    };
    const context = testContext();
    world.after(3_000, () => context.abandon.abort());
    expect(await world.drain(context)).toMatchObject({ failure: { code: 'drain.abandoned' } });
    expect(isUnderWay).toBe(false);
  });
});

describe('time that is given', () => {
  const blockedForEver = (world: ReturnType<typeof drainWorld>) => {
    world.put(podObject('shop/db-0'));
    world.kubernetes.onEvict = () => blockedByBudget;
  };

  test('an attempt that is taken up again has what is left of its time', async () => {
    const world = drainWorld();
    blockedForEver(world);
    const startedAt = world.clock.now() - 1_500_000;
    const tried = await world.drain(testContext({ startedAt, policy: { drain: { timeoutSeconds: 1_800 } } }));
    expect(tried).toMatchObject({ failure: { code: 'drain.pdb-blocked' } });
    expect(world.elapsed()).toBe(300_000);
  });

  test('one that comes too late has a minute to try everything once', async () => {
    const world = drainWorld();
    world.put(podObject('shop/a'));
    world.kubernetes.terminationMs = () => 30_000;
    const startedAt = world.clock.now() - 86_400_000;
    expect((await world.drain(testContext({ startedAt }))).status).toBe('succeeded');
    const stuck = drainWorld();
    blockedForEver(stuck);
    expect((await stuck.drain(testContext({ startedAt }))).status).toBe('failed');
    expect(stuck.elapsed()).toBe(60_000);
  });

  test('an abort ends a drain at once, and says how far it has come', async () => {
    const world = drainWorld();
    world.put(podObject('shop/db-0'), podObject('shop/web'));
    world.kubernetes.onEvict = ({ name }) => (name === 'db-0' ? blockedByBudget : undefined);
    const context = testContext();
    world.after(20_500, () => context.abandon.abort());
    const tried = await world.drain(context);
    expect(tried).toMatchObject({
      failure: { code: 'drain.abandoned', retry: 'halt', facts: { moved: '1', left: '1' } },
    });
    expect(world.elapsed()).toBe(20_500);
    expect(world.kubernetes.watches.open).toBe(0);
  });

  test('a namespace may have times of its own', async () => {
    const world = drainWorld();
    world.put(podObject('shop/db-0'), podObject('batch/job-1'), podObject('web/a'));
    const graces = new Map<string, number>();
    world.kubernetes.onEvict = ({ namespace }, grace) => {
      graces.set(namespace, grace);
      return namespace === 'web' ? undefined : { status: 'blocked', message: 'no' };
    };
    const namespaces = {
      shop: { timeoutSeconds: 60 },
      batch: { timeoutSeconds: 900, gracePeriodSeconds: 5 },
    };
    const tried = await world.drain(
      testContext({ policy: { drain: { timeoutSeconds: 300, gracePeriodSeconds: 30, namespaces } } }),
    );
    expect(tried.status).toBe('failed');
    expect(graces).toEqual(
      new Map([
        ['shop', 30],
        ['batch', 5],
        ['web', 30],
      ]),
    );
    expect(world.elapsed()).toBe(900_000);
  });

  test('a pod that is being deleted for too long is left to itself where policy says so', async () => {
    const world = drainWorld();
    const long = { deletionTimestamp: world.at(-601_000) };
    world.put(podObject('shop/lost', long), podObject('shop/new', { deletionTimestamp: world.at(-300_000) }));
    world.after(10_000, () => {
      for (const pod of world.kubernetes.pods.values())
        if (pod.name === 'new') world.kubernetes.pods.delete(pod.uid);
    });
    const policy = { drain: { skipWaitForDeleteTimeoutSeconds: 600 } };
    expect(await world.drain(testContext({ policy }))).toMatchObject({
      status: 'succeeded',
      facts: { moved: '1 pod moved in 10 s' },
    });
  });
});

describe('pods that must finish', () => {
  const marked = (name: string, how: 'annotation' | 'label') =>
    podObject(name, {
      [how === 'label' ? 'labels' : 'annotations']: { 'k8s-upgrade-bot/wait-completed': 'true' },
    });

  test('are let run to their end, and then evicted like all that have finished', async () => {
    const world = drainWorld();
    world.put(marked('jobs/a', 'annotation'), marked('jobs/b', 'label'), podObject('shop/web'));
    for (const pod of world.kubernetes.pods.values()) {
      if (pod.namespace !== 'jobs') continue;
      world.after(pod.name === 'a' ? 40_000 : 70_000, () =>
        world.kubernetes.pods.set(pod.uid, { ...pod, phase: 'Succeeded' }),
      );
    }
    const evicted: [string, number][] = [];
    world.kubernetes.onEvict = ({ name }) => {
      evicted.push([name, world.elapsed()]);
      return undefined;
    };
    // Their own limit counts, not the drain's.
    const policy = { drain: { timeoutSeconds: 30 } };
    expect((await world.drain(testContext({ policy }))).status).toBe('succeeded');
    expect(evicted).toEqual([
      ['web', 0],
      ['a', 40_000],
      ['b', 70_000],
    ]);
  });

  test('have the time of any other pod to leave in once they have finished', async () => {
    const world = drainWorld();
    const pod = marked('jobs/a', 'annotation');
    world.put(pod);
    world.after(99_000, () => {
      const present = world.kubernetes.pods.get(pod.uid);
      if (present) world.kubernetes.pods.set(pod.uid, { ...present, phase: 'Succeeded' });
    });
    world.kubernetes.onEvict = () => (world.elapsed() < 160_000 ? blockedByBudget : undefined);
    const policy = { drain: { timeoutSeconds: 120, waitCompleted: { timeoutSeconds: 100 } } };
    expect(await world.drain(testContext({ policy }))).toMatchObject({ status: 'succeeded' });
  });

  test('have no more time than others where they had finished before the drain', async () => {
    const world = drainWorld();
    world.put({ ...marked('jobs/a', 'annotation'), phase: 'Succeeded' });
    world.kubernetes.onEvict = () => blockedByBudget;
    const policy = { drain: { timeoutSeconds: 90, waitCompleted: { timeoutSeconds: 600 } } };
    expect(await world.drain(testContext({ policy }))).toMatchObject({
      failure: { code: 'drain.pdb-blocked' },
    });
    expect(world.elapsed()).toBe(90_000);
  });

  test('are waited for up to a limit of their own, and are not evicted after it', async () => {
    const world = drainWorld();
    world.put(marked('jobs/a', 'annotation'));
    const policy = { drain: { waitCompleted: { timeoutSeconds: 600 } } };
    const tried = await world.drain(testContext({ policy }));
    expect(tried).toMatchObject({ failure: { code: 'drain.pod-stuck', facts: { pod: 'jobs/a' } } });
    expect(tried.status === 'failed' && tried.failure.message).toContain('marked to run to its end');
    expect(world.elapsed()).toBe(600_000);
    expect(world.kubernetes.journal).toEqual(['cordon w-01']);
  });
});

describe('the order in which pods leave', () => {
  const order = [
    { namespace: 'ingress' },
    {},
    { labelSelector: 'app in (db,cache)' },
    { priorityClass: 'last' },
  ];
  const pods = () => [
    podObject('shop/db', { labels: { app: 'db' } }),
    podObject('shop/web', { labels: { app: 'web' } }),
    podObject('ingress/nginx'),
    podObject('shop/monitor', { priorityClass: 'last' }),
  ];

  test('is that of the configuration: a group is asked for when the one before has gone', async () => {
    const world = drainWorld();
    world.put(...pods());
    world.kubernetes.terminationMs = () => 2_000;
    const asked: [string, number][] = [];
    world.kubernetes.onEvict = ({ name }) => {
      asked.push([name, world.elapsed()]);
      return undefined;
    };
    await world.drain(testContext({ policy: { drain: { order } } }));
    expect(asked).toEqual([
      ['nginx', 0],
      ['web', 2_000],
      ['db', 4_000],
      ['monitor', 6_000],
    ]);
  });

  test('takes pods of no group first where no entry stands for them', async () => {
    const world = drainWorld();
    world.put(...pods());
    await world.drain(testContext({ policy: { drain: { order: [{ namespace: 'ingress' }] } } }));
    expect(world.kubernetes.journal.at(-1)).toBe('evict ingress/nginx');
  });

  test('ends with the group of which a pod was given up: those behind it are not asked for', async () => {
    const world = drainWorld();
    world.put(...pods());
    world.kubernetes.onEvict = ({ name }) =>
      name === 'web' ? { status: 'refused', code: 500, message: 'webhook' } : undefined;
    const tried = await world.drain(testContext({ policy: { drain: { order } } }));
    expect(tried).toMatchObject({ failure: { code: 'drain.eviction-failed', facts: { pod: 'shop/web' } } });
    expect(world.kubernetes.journal).toEqual(['cordon w-01', 'evict ingress/nginx']);
    expect(world.elapsed()).toBeLessThan(1_000);
  });
});
