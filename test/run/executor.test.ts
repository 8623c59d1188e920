import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import type { Origin } from '../../src/domain/origin.ts';
import { stepsOf } from '../../src/domain/plan.ts';
import { version } from '../../src/domain/version.ts';
import { createEffectWorld, effectHandlers, failing } from '../support/effects.ts';
import { eventually } from '../support/eventually.ts';
import {
  byPerson,
  kindsOf,
  quickPolicy,
  realClock,
  storeApprovedRun,
  untilEnded,
  untilRun,
} from '../support/running.ts';
import { dana, samplePlan, sampleStep } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempDatabase, tempStore } from '../support/temp-store.ts';

async function started(world = createEffectWorld()) {
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const executor = tempExecutor(store, effectHandlers(world));
  await executor.start();
  return { store, executor, world };
}

const keyOf = (kind: Parameters<typeof sampleStep>[0], subject: string) => sampleStep(kind, subject).key;

test('every step of the plan is done once, in the order of the plan', async () => {
  const { store, world } = await started();
  const run = await untilEnded(store);
  expect(run.status).toBe('succeeded');
  const planned = stepsOf(run.plan).map((step) => step.key);
  expect([...world.done.values()].every((times) => times === 1)).toBe(true);
  expect(world.log.toSorted()).toEqual(planned.toSorted());
  const workers = world.log.filter((key) => /w-0[23]/.test(key));
  expect(world.log.slice(0, planned.indexOf(keyOf('drain-node', 'w-02')))).toEqual(
    planned.slice(0, planned.indexOf(keyOf('drain-node', 'w-02'))),
  );
  expect(workers.filter((key) => key.includes('w-02'))).toEqual(
    planned.filter((key) => key.includes('w-02')),
  );
});

test('nodes of one batch are taken at the same time, the next batch waits for all of them', async () => {
  const world = createEffectWorld();
  let together = 0;
  let most = 0;
  world.around = async (moment, step) => {
    if (moment === 'before' && step.kind === 'install-kubelet') {
      together += 1;
      most = Math.max(most, together);
      await new Promise((resolve) => setTimeout(resolve, 30));
      together -= 1;
    }
  };
  const { store } = await started(world);
  await untilEnded(store);
  expect(most).toBe(2);
});

test('a step that finds nothing to do is recorded as already done and does not act', async () => {
  const world = createEffectWorld();
  world.done.set(keyOf('install-kubeadm', 'cp-1'), 1);
  const { store } = await started(world);
  const run = await untilEnded(store);
  expect(run.steps.get(keyOf('install-kubeadm', 'cp-1'))).toMatchObject({ alreadyDone: true, attempt: 1 });
  expect(world.log).not.toContain(keyOf('install-kubeadm', 'cp-1'));
});

test('a passing failure is tried again by itself, under a new attempt number', async () => {
  const world = createEffectWorld();
  world.around = failing(
    'install-kubeadm',
    'cp-1',
    2,
    () => new StepFailure('packages.locked', 'apt is busy'),
  );
  const { store } = await started(world);
  const run = await untilEnded(store);
  expect(run.status).toBe('succeeded');
  expect(run.steps.get(keyOf('install-kubeadm', 'cp-1'))?.attempt).toBe(3);
  expect((await kindsOf(store)).filter((kind) => kind === 'step-failed')).toHaveLength(2);
});

test('a passing failure that does not pass halts the run when its budget is used up', async () => {
  const world = createEffectWorld();
  world.around = failing(
    'install-kubeadm',
    'cp-1',
    99,
    () => new StepFailure('packages.locked', 'apt is busy'),
  );
  const { store } = await started(world);
  const run = await untilRun(store, ({ status }) => status === 'halted');
  expect(run.steps.get(keyOf('install-kubeadm', 'cp-1'))).toMatchObject({ status: 'failed', attempt: 3 });
  expect(run.halt?.failure.code).toBe('packages.locked');
});

test('a halted run waits, and a retry begins a new budget', async () => {
  const world = createEffectWorld();
  world.around = failing('drain-node', 'cp-1', 4, () => new StepFailure('packages.locked', 'busy'));
  const { store, executor } = await started(world);
  await untilRun(store, ({ status }) => status === 'halted');
  await byPerson(store, executor, (at) => [
    { kind: 'decision-made', at, by: dana, choice: 'retry', step: keyOf('drain-node', 'cp-1') },
  ]);
  const run = await untilEnded(store);
  expect(run.status).toBe('succeeded');
  expect(run.steps.get(keyOf('drain-node', 'cp-1'))?.attempt).toBe(5);
});

test('a failure of one worker lets the other one of its batch come to its end, and no later node begins', async () => {
  const world = createEffectWorld();
  world.around = failing('drain-node', 'w-02', 1, () => new StepFailure('drain.pdb-blocked', 'blocked'));
  const { store } = await started(world);
  await untilRun(store, ({ status }) => status === 'halted');
  await eventually(() => world.done.has(keyOf('uncordon-node', 'w-03')), 'w-03 finished');
  expect(world.done.has(keyOf('verify-cluster', 'cluster'))).toBe(false);
  expect(world.done.has(keyOf('install-kubelet', 'w-02'))).toBe(false);
});

test('an error that nobody foresaw halts with the words of the error', async () => {
  const world = createEffectWorld();
  world.around = (moment, step) => {
    if (moment === 'verify' && step.kind === 'verify-node') throw new TypeError('x is not a function');
  };
  const { store } = await started(world);
  const run = await untilRun(store, ({ status }) => status === 'halted');
  expect(run.halt?.failure).toMatchObject({ code: 'internal.unexpected' });
  expect(run.halt?.failure.message).toContain('x is not a function');
});

test('a pause lets the node in the middle of its turn be finished, and resume goes on behind it', async () => {
  const world = createEffectWorld();
  let pause: (() => Promise<void>) | undefined;
  world.around = async (moment, step) => {
    if (moment === 'after' && step.key === keyOf('drain-node', 'cp-1')) await pause?.();
  };
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const executor = tempExecutor(store, effectHandlers(world));
  pause = () => byPerson(store, executor, (at) => [{ kind: 'pause-requested', at, by: dana }]);
  await executor.start();
  await untilRun(store, ({ status }) => status === 'paused');
  expect(world.done.has(keyOf('uncordon-node', 'cp-1'))).toBe(true);
  expect(world.done.has(keyOf('drain-node', 'w-01'))).toBe(false);
  pause = undefined;
  await byPerson(store, executor, (at) => [{ kind: 'run-resumed', at, by: dana }]);
  expect((await untilEnded(store)).status).toBe('succeeded');
});

test('an abort after the drain uncordons the node whose kubelet is still the old one', async () => {
  const world = createEffectWorld();
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const executor = tempExecutor(store, effectHandlers(world));
  world.around = async (moment, step) => {
    if (moment === 'after' && step.key === keyOf('drain-node', 'w-01')) {
      await byPerson(store, executor, (at) => [{ kind: 'abort-requested', at, by: dana }]);
    }
  };
  await executor.start();
  const run = await untilEnded(store);
  expect(run.status).toBe('aborted');
  expect(world.done.has(keyOf('uncordon-node', 'w-01'))).toBe(true);
  expect(world.done.has(keyOf('install-kubelet', 'w-01'))).toBe(false);
});

test('an abort between the new kubelet and its verification leaves the node cordoned', async () => {
  const world = createEffectWorld();
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const executor = tempExecutor(store, effectHandlers(world));
  world.around = async (moment, step) => {
    if (moment === 'after' && step.key === keyOf('install-kubelet', 'w-01')) {
      await byPerson(store, executor, (at) => [{ kind: 'abort-requested', at, by: dana }]);
    }
  };
  await executor.start();
  const run = await untilEnded(store);
  expect(run.status).toBe('aborted');
  expect(world.done.has(keyOf('uncordon-node', 'w-01'))).toBe(false);
  expect(run.steps.has(keyOf('uncordon-node', 'w-01'))).toBe(false);
});

test('drift found by the first step voids the run and nothing is done', async () => {
  const world = createEffectWorld();
  world.around = failing('check-drift', 'cluster', 1, () => new StepFailure('plan.drifted', 'w-09 is new'));
  const { store } = await started(world);
  const run = await untilEnded(store);
  expect(run).toMatchObject({ status: 'voided', endReason: 'w-09 is new' });
  expect(world.log).toEqual([]);
});

test('a step is told where its plan begins, so that it can name what has changed since', async () => {
  const origin: Origin = { nodes: [], kubeadmConfig: version('1.33.13') };
  const world = createEffectWorld();
  let told: Origin | undefined;
  world.around = (_, { kind }, context) => {
    if (kind === 'check-drift') told = context.origin;
  };
  const store = tempStore(realClock);
  await storeApprovedRun(store, { ...samplePlan(quickPolicy), origin });
  await tempExecutor(store, effectHandlers(world)).start();
  await untilEnded(store);
  expect(told).toEqual(origin);
});

test('a second process cannot open the store, and a lease that was lost cannot write', async () => {
  const path = tempDatabase();
  const store = tempStore(realClock, path);
  const run = await storeApprovedRun(store, samplePlan(quickPolicy));
  expect(() => tempStore(realClock, path)).toThrow(/Another process has this store open/);

  const stale = await store.acquireLease(run.cluster, 'first', 15_000);
  const fresh = await store.acquireLease(run.cluster, 'second', 15_000);
  expect(fresh?.fence).toBeGreaterThan(stale?.fence ?? 0);
  const at = run.createdAt;
  const begun = { ...run, status: 'running' as const, startedAt: at, revision: run.revision + 1 };
  expect(await store.commit(begun, [{ kind: 'run-started', at }], stale?.fence)).toEqual({
    status: 'fenced',
  });
  expect(await store.commit(begun, [{ kind: 'run-started', at }], fresh?.fence)).toEqual({
    status: 'committed',
  });
});

test('stopping the process in the middle of a step leaves it to be taken up under the same attempt', async () => {
  const world = createEffectWorld();
  const attempts: number[] = [];
  let reached: () => void = () => undefined;
  const inTheMiddle = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let block = true;
  world.around = async (moment, step, context) => {
    if (moment !== 'before' || step.key !== keyOf('upgrade-control-plane', 'cp-1')) return;
    attempts.push(context.attempt);
    if (!block) return;
    reached();
    await new Promise((_, reject) => {
      context.signal.addEventListener('abort', () => reject(new Error('stopped')));
    });
  };
  const { store, executor } = await started(world);
  await inTheMiddle;
  await executor.stop();
  block = false;
  const next = tempExecutor(store, effectHandlers(world), { owner: 'second' });
  await next.start();
  expect((await untilEnded(store)).status).toBe('succeeded');
  expect(attempts).toEqual([1, 1]);
  expect(await kindsOf(store)).toContain('run-taken-up');
});

test('a step that the process before had done is not told as having been so before the run', async () => {
  const world = createEffectWorld();
  const inTheMiddle = Promise.withResolvers<void>();
  let block = true;
  world.around = async (moment, step, context) => {
    if (!block || moment !== 'after' || step.key !== keyOf('upgrade-control-plane', 'cp-1')) return;
    inTheMiddle.resolve();
    await new Promise((_, reject) => {
      context.signal.addEventListener('abort', () => reject(new Error('stopped')));
    });
  };
  const { store, executor } = await started(world);
  await inTheMiddle.promise;
  await executor.stop();
  block = false;
  const next = tempExecutor(store, effectHandlers(world), { owner: 'second' });
  await next.start();
  const run = await untilEnded(store);
  expect(run.status).toBe('succeeded');
  expect(run.steps.get(keyOf('upgrade-control-plane', 'cp-1'))).toMatchObject({
    attempt: 1,
    alreadyDone: false,
  });
});
