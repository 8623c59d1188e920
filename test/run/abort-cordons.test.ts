import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { createEffectWorld, effectHandlers, failing } from '../support/effects.ts';
import { byPerson, realClock, storeApprovedRun, untilEnded } from '../support/running.ts';
import { dana, samplePlan, sampleStep } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

const away = () => new StepFailure('kubernetes.unavailable', 'No API server answers.');
const uncordon = sampleStep('uncordon-node', 'w-01').key;

/** Aborts in the middle of a step of w-01, with an API server that is away for a number of uncordons. */
async function aborted(during: 'drain-node' | 'uncordon-node', failures: number, retries = {}) {
  const world = createEffectWorld();
  const store = tempStore(realClock);
  await storeApprovedRun(
    store,
    samplePlan({ retries: { attempts: 3, firstDelaySeconds: 0.05, longestDelaySeconds: 0.1, ...retries } }),
  );
  const executor = tempExecutor(store, effectHandlers(world));
  const fails = failing('uncordon-node', 'w-01', failures, away);
  let asked = false;
  world.around = async (moment, step) => {
    if (moment === 'before' && step.key === sampleStep(during, 'w-01').key && !asked) {
      asked = true;
      await byPerson(store, executor, (at) => [{ kind: 'abort-requested', at, by: dana }]);
    }
    fails(moment, step);
  };
  await executor.start();
  return { run: await untilEnded(store), world };
}

test.each(['drain-node', 'uncordon-node'] as const)(
  'an abort in the middle of %s takes the cordon back also when no API server answers for a moment',
  async (during) => {
    const { run, world } = await aborted(during, 2);
    expect(run.status).toBe('aborted');
    expect(world.done.get(uncordon)).toBe(1);
    expect(run.steps.get(uncordon)).toMatchObject({ status: 'succeeded', attempt: 3 });
  },
);

test('an abort ends, and says so, when no API server answers until the tries are used up', async () => {
  const { run, world } = await aborted('drain-node', 99);
  expect(run.status).toBe('aborted');
  expect(world.done.has(uncordon)).toBe(false);
  expect(run.steps.get(uncordon)).toMatchObject({ status: 'failed', attempt: 3 });
});

test('an uncordon that waits for its next try when the abort comes is tried again, not left', async () => {
  const world = createEffectWorld();
  const store = tempStore(realClock);
  await storeApprovedRun(
    store,
    samplePlan({ retries: { attempts: 3, firstDelaySeconds: 0.2, longestDelaySeconds: 0.2 } }),
  );
  const executor = tempExecutor(store, effectHandlers(world));
  world.around = failing('uncordon-node', 'w-01', 1, () => {
    setTimeout(() => void byPerson(store, executor, (at) => [{ kind: 'abort-requested', at, by: dana }]), 50);
    return away();
  });
  await executor.start();
  const run = await untilEnded(store);
  expect(run.status).toBe('aborted');
  expect(run.steps.get(uncordon)?.status).toBe('succeeded');
});
