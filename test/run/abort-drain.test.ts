import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import type { Plan, Turn } from '../../src/domain/plan.ts';
import { createEffectWorld, type EffectWorld, effectHandlers } from '../support/effects.ts';
import { byPerson, quickPolicy, realClock, storeApprovedRun, untilEnded } from '../support/running.ts';
import { dana, samplePlan, sampleStep } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

const drain = sampleStep('drain-node', 'w-01').key;
const mark = sampleStep('mark-next-nodes', 'cluster');
const unmark = sampleStep('unmark-next-nodes', 'cluster');

/** The sample with its workers marked before the canary and the marks taken away after the last. */
function markedPlan(): Plan {
  const plan = samplePlan(quickPolicy);
  const alone = (step: typeof mark): { turns: Turn[] } => ({
    turns: [{ subject: { kind: 'cluster' }, reason: 'because the test says so', steps: [step] }],
  });
  return {
    ...plan,
    phases: plan.phases.map((phase) => {
      if (phase.kind === 'canary') return { ...phase, batches: [alone(mark), ...phase.batches] };
      return phase.kind === 'workers' ? { ...phase, batches: [...phase.batches, alone(unmark)] } : phase;
    }),
  };
}

async function started(world: EffectWorld, plan?: Plan) {
  const store = tempStore(realClock);
  await storeApprovedRun(store, plan);
  const executor = tempExecutor(store, effectHandlers(world));
  await executor.start();
  return { store, executor };
}

test('an abort is told to the drain that waits, which ends, and the node is uncordoned', async () => {
  const world = createEffectWorld();
  const waiting = Promise.withResolvers<void>();
  world.around = async (moment, step, context) => {
    if (moment !== 'before' || step.key !== drain) return;
    waiting.resolve();
    await new Promise<void>((resolve) => context.abandoned.addEventListener('abort', () => resolve()));
    throw new StepFailure('drain.abandoned', 'left');
  };
  const { store, executor } = await started(world);
  await waiting.promise;
  const asked = performance.now();
  await byPerson(store, executor, (at) => [{ kind: 'abort-requested', at, by: dana }]);
  const run = await untilEnded(store);
  expect(run.status).toBe('aborted');
  expect(performance.now() - asked).toBeLessThan(5_000);
  expect(run.steps.get(drain)).toMatchObject({ status: 'failed', failure: { code: 'drain.abandoned' } });
  expect(run.steps.get(sampleStep('uncordon-node', 'w-01').key)?.status).toBe('succeeded');
});

test('a process that takes an attempt up again knows when it had begun', async () => {
  const world = createEffectWorld();
  const begun: string[] = [];
  const waiting = Promise.withResolvers<void>();
  world.around = async (moment, step, context) => {
    if (moment !== 'before' || step.key !== drain) return;
    begun.push(context.startedAt);
    if (begun.length > 1) return;
    waiting.resolve();
    await new Promise((_, reject) => {
      context.signal.addEventListener('abort', () => reject(new Error('stopped')));
    });
  };
  const { store, executor } = await started(world);
  await waiting.promise;
  await new Promise((resolve) => setTimeout(resolve, 20));
  await executor.stop();
  const next = tempExecutor(store, effectHandlers(world), { owner: 'second' });
  await next.start();
  expect((await untilEnded(store)).status).toBe('succeeded');
  expect(begun).toHaveLength(2);
  expect(begun[1]).toBe(begun[0]);
});

test.each([
  ['after nodes were marked takes the marks away', 'w-01', 1],
  ['before any node was marked has no marks to take away', 'cp-1', undefined],
])('an abort %s', async (_, node, times) => {
  const world = createEffectWorld();
  let store: Awaited<ReturnType<typeof started>> | undefined;
  const ready = Promise.withResolvers<void>();
  let asked = false;
  world.around = async (moment, step) => {
    if (moment !== 'before' || step.key !== sampleStep('drain-node', node).key || asked) return;
    asked = true;
    await ready.promise;
    if (!store) return;
    await byPerson(store.store, store.executor, (at) => [{ kind: 'abort-requested', at, by: dana }]);
  };
  store = await started(world, markedPlan());
  ready.resolve();
  const run = await untilEnded(store.store);
  expect(run.status).toBe('aborted');
  expect(world.done.get(unmark.key)).toBe(times);
});
