import { expect, test } from 'vitest';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { eventually } from '../support/eventually.ts';
import { realClock, storeApprovedRun } from '../support/running.ts';
import { runId } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

test('a run whose cluster has gone from the configuration says in its thread and on its message why it stands still', async () => {
  const world = createEffectWorld();
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const told: string[] = [];
  const troubles: unknown[] = [];
  const executor = tempExecutor(store, effectHandlers(world), {
    knows: () => false,
    onCommit: (run) => told.push(run.id),
    onTrouble: (run, trouble) => troubles.push([run, trouble?.kind]),
  });
  await executor.start();
  const noted = await eventually(async () => {
    const events = await store.events(runId, 0);
    return events.find(({ event }) => event.kind === 'step-noted');
  }, 'a note');
  expect(noted.event).toMatchObject({ text: expect.stringContaining('configuration') });
  expect(told).toEqual([runId]);
  expect(troubles).toEqual([[runId, 'not-configured']]);
  expect(world.log).toEqual([]);

  // A person who presses a button wakes it again: it is not said twice.
  executor.wake(runId);
  await eventually(() => executor.active() === 0, 'the executor lets go');
  const notes = (await store.events(runId, 0)).filter(({ event }) => event.kind === 'step-noted');
  expect(notes).toHaveLength(1);
});
