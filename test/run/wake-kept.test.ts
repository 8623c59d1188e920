import { expect, test } from 'vitest';
import { instant } from '../../src/domain/names.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { createBell } from '../../src/run/executor/drive.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { quickPolicy, realClock, untilEnded } from '../support/running.ts';
import { amir, channel, dana, runId, samplePlan } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

test('an approval in the very moment in which the executor finds a mere proposal still starts the run', async () => {
  const stored = tempStore(realClock);
  const plan = samplePlan(quickPolicy);
  const { run, events } = newRun({
    id: runId,
    plan,
    requestedBy: dana,
    channel,
    now: Date.now(),
    expireAfterMinutes: 60,
  });
  await stored.create(run, events);
  let approve: (() => Promise<void>) | undefined = async () => {
    approve = undefined;
    const at = instant(Date.now());
    await appendEvents(stored, runId, () => [
      { kind: 'approval-given', at, by: amir, digest: plan.digest },
      { kind: 'run-approved', at },
    ]);
    executor.wake(runId);
  };
  const store: RunStore = {
    ...stored,
    async load(id) {
      const found = await stored.load(id);
      await approve?.();
      return found;
    },
  };
  const executor = tempExecutor(store, effectHandlers(createEffectWorld()));
  executor.wake(runId);
  expect((await untilEnded(stored)).status).toBe('succeeded');
});

test('a ring is not taken by somebody who has stopped listening', async () => {
  const bell = createBell();
  // The driver listens, is woken by the clock instead, and is looking at the run when it rings.
  void bell.heard();
  bell.hush();
  const looking = Promise.resolve();
  bell.ring();
  await looking;
  const heard = await Promise.race([
    bell.heard().then(() => 'heard'),
    new Promise((resolve) => setTimeout(resolve, 200, 'slept through')),
  ]);
  expect(heard).toBe('heard');
});
