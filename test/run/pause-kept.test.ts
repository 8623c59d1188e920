import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { byPerson, realClock, storeApprovedRun, untilEnded, untilRun } from '../support/running.ts';
import { amir, dana, sampleStep } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

test.each(['retry', 'skip'] as const)(
  'a pause that was asked for is kept when a step halts the run in between and somebody answers with %s',
  async (choice) => {
    const world = createEffectWorld();
    const store = tempStore(realClock);
    await storeApprovedRun(store);
    const executor = tempExecutor(store, effectHandlers(world));
    const step = sampleStep('verify-node', 'w-01').key;
    let tries = 0;
    world.around = async (moment, { key }) => {
      if (moment !== 'before' || key !== step) return;
      tries += 1;
      if (tries > 1) return;
      await byPerson(store, executor, (at) => [{ kind: 'pause-requested', at, by: dana }]);
      throw new StepFailure('node.not-ready', 'w-01 is not Ready');
    };
    await executor.start();
    await untilRun(store, ({ status }) => status === 'halted');
    await byPerson(store, executor, (at) => [
      { kind: 'decision-made', at, by: amir, choice, step },
      ...(choice === 'retry'
        ? []
        : [
            {
              kind: 'step-skipped' as const,
              at,
              step: sampleStep('uncordon-node', 'w-01').key,
              by: amir,
              reason: 'with it',
            },
          ]),
    ]);
    const paused = await untilRun(store, ({ status }) => status === 'paused' || status === 'succeeded');
    expect(paused).toMatchObject({ status: 'paused', pauseRequestedBy: dana });
    expect(world.done.has(sampleStep('drain-node', 'w-02').key)).toBe(false);

    await byPerson(store, executor, (at) => [{ kind: 'run-resumed', at, by: dana }]);
    expect((await untilEnded(store)).status).toBe('succeeded');
  },
);
