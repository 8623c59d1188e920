import { afterEach, expect, test } from 'vitest';
import { createExecutor, type Executor } from '../../src/run/executor.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { eventually } from '../support/eventually.ts';
import { realClock, storeApprovedRun } from '../support/running.ts';
import { runId } from '../support/sample-plan.ts';
import { silentLog } from '../support/silent-log.ts';
import { tempStore } from '../support/temp-store.ts';

const executors: Executor[] = [];
afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.stop()));
});

test('a run whose cluster has gone from the configuration says in its thread why it stands still', async () => {
  const world = createEffectWorld();
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const told: string[] = [];
  const executor = createExecutor({
    store,
    handlers: effectHandlers(world),
    clock: realClock,
    random: () => 0.5,
    knows: () => false,
    owner: 'test',
    upkeep: {
      stopAct: async () => false,
      readOutput: async () => ({ status: 'none' }),
      forgetRun: async () => [],
    },
    onCommit: (run) => told.push(run.id),
    log: silentLog,
  });
  executors.push(executor);
  await executor.start();
  const noted = await eventually(async () => {
    const events = await store.events(runId, 0);
    return events.find(({ event }) => event.kind === 'step-noted');
  }, 'a note');
  expect(noted.event).toMatchObject({ text: expect.stringContaining('configuration') });
  expect(told).toEqual([runId]);
  expect(world.log).toEqual([]);

  // A person who presses a button wakes it again: it is not said twice.
  executor.wake(runId);
  await eventually(() => executor.active() === 0, 'the executor lets go');
  const notes = (await store.events(runId, 0)).filter(({ event }) => event.kind === 'step-noted');
  expect(notes).toHaveLength(1);
});
