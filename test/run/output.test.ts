import { expect, test } from 'vitest';
import { createExecutor } from '../../src/run/executor/executor.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { realClock, storeApprovedRun, untilEnded } from '../support/running.ts';
import { runId, sampleStep } from '../support/sample-plan.ts';
import { silentLog } from '../support/silent-log.ts';
import { tempStore } from '../support/temp-store.ts';

test('what a long command prints is told once a minute, its newest line; a short one tells nothing', async () => {
  const long = sampleStep('upgrade-control-plane', 'cp-1').key;
  let ahead = 0;
  const world = createEffectWorld();
  world.around = (moment, { key }, context) => {
    if (moment !== 'before') return;
    context.output(['early']);
    if (key !== long) return;
    ahead += 61_000;
    context.output(['first', `Größe ${'x'.repeat(900)}`, ' ']);
    context.output(['too soon']);
    ahead += 61_000;
    context.output(['', '  ']);
    context.output(['last']);
  };
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const executor = createExecutor({
    store,
    handlers: effectHandlers(world),
    clock: { ...realClock, elapsed: () => realClock.elapsed() + ahead },
    random: () => 0.5,
    knows: () => true,
    owner: 'test',
    onCommit: () => undefined,
    log: silentLog,
    upkeep: {
      stopAct: async () => false,
      readOutput: async () => ({ status: 'none' }),
      forgetRun: async () => [],
    },
  });
  await executor.start();
  await untilEnded(store);
  await executor.stop();
  const told = (await store.events(runId, 0)).flatMap(({ event }) =>
    event.kind === 'step-output' ? [event] : [],
  );
  expect(told.map(({ step }) => step)).toEqual([long, long]);
  expect(told.map(({ line }) => line)).toEqual([`Größe ${'x'.repeat(494)}`, 'last']);
});
