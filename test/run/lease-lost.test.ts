import { expect, test } from 'vitest';
import type { Step } from '../../src/domain/step.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import type { StepHandler, StepHandlers } from '../../src/ports/step-handler.ts';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { executorOn, storeApprovedRun } from '../support/running.ts';
import { cluster, runId } from '../support/sample-plan.ts';
import { tempStore } from '../support/temp-store.ts';

/** An executor whose first step is under way, on a machine that takes its time. */
async function underWay(given: (store: RunStore) => Partial<RunStore> = () => ({})) {
  const clock = new ManualClock(Date.now());
  const store = tempStore(clock);
  await storeApprovedRun(store);
  const seen: { signal?: AbortSignal; acted: number } = { acted: 0 };
  const slow: StepHandler<Step> = {
    async observe(_, { signal }) {
      seen.signal = signal;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      signal.throwIfAborted();
      return { status: 'to-do' };
    },
    async act() {
      seen.acted += 1;
    },
    verify: async () => ({}),
  };
  const executor = executorOn(
    { ...store, ...given(store) },
    new Proxy({} as StepHandlers, { get: () => slow }),
    { clock, owner: 'first' },
  );
  await executor.start();
  await eventually(async () => seen.signal, 'the first step to be under way');
  return { clock, store, executor, seen };
}

test('who loses the lease lets go of the step in hand at the next renewal, and commits nothing more', async () => {
  const { clock, store, executor, seen } = await underWay();
  const successor = await store.acquireLease(cluster, 'second', 15_000);
  const before = await store.load(runId);
  expect(seen.signal?.aborted).toBe(false);
  await clock.advance(5_000);
  expect(seen.signal?.aborted).toBe(true);
  expect(seen.acted).toBe(0);
  expect(await store.load(runId)).toEqual(before);
  // The successor's lease is untouched by whatever the other one does when it lets go.
  expect(successor && (await store.renewLease(successor, 15_000))).toBe(true);
  await executor.stop();
});

test('who cannot renew the lease keeps working while it lasts, and lets go when it may be another’s', async () => {
  const { clock, executor, seen } = await underWay(() => ({
    renewLease: async () => {
      throw new Error('the disk does not answer');
    },
  }));
  await clock.advance(14_999);
  expect(seen.signal?.aborted).toBe(false);
  await clock.advance(5_002);
  expect(seen.signal?.aborted).toBe(true);
  await executor.stop();
});

test('whoever can renew it keeps it for as long as the step takes', async () => {
  const { clock, store, executor, seen } = await underWay();
  await clock.advance(10 * 60_000);
  expect(seen.signal?.aborted).toBe(false);
  expect(await store.acquireLease(cluster, 'first', 15_000)).toBeUndefined();
  await executor.stop();
});
