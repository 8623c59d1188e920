import { expect, test } from 'vitest';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { realClock, storeApprovedRun, untilEnded } from '../support/running.ts';
import { samplePlan } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

/** A bot that was down since the approval and comes back after so many minutes. */
async function backAfter(minutes: number) {
  const world = createEffectWorld();
  const store = tempStore(realClock);
  await storeApprovedRun(store, samplePlan({ approvals: { expireAfterMinutes: 60 } }));
  const executor = tempExecutor(store, effectHandlers(world), {
    clock: { ...realClock, now: () => realClock.now() + minutes * 60_000 },
  });
  await executor.start();
  return { run: await untilEnded(store), world };
}

test('a run that was approved long before the bot could begin it is void, and nothing is done', async () => {
  const { run, world } = await backAfter(61);
  expect(run.status).toBe('voided');
  expect(run.startedAt).toBeUndefined();
  expect(run.endReason).toContain('approved');
  expect(world.log).toEqual([]);
});

test('an approval holds as long as a proposal does', async () => {
  const { run } = await backAfter(59);
  expect(run.status).toBe('succeeded');
});
