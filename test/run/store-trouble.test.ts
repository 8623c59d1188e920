import { expect, test } from 'vitest';
import type { RunStore } from '../../src/ports/run-store.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { realClock, storeApprovedRun, untilEnded } from '../support/running.ts';
import { sampleStep } from '../support/sample-plan.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

test('a commit that fails once does not hold a run up until a long step of another node ends', async () => {
  const stored = tempStore(realClock);
  await storeApprovedRun(stored);
  let locked = false;
  const store: RunStore = {
    ...stored,
    async commit(run, events, fence) {
      const drained = events.some(
        (event) => event.kind === 'step-succeeded' && event.step === sampleStep('drain-node', 'w-02').key,
      );
      if (drained && !locked) {
        locked = true;
        throw new Error('The database is locked by another program');
      }
      return stored.commit(run, events, fence);
    },
  };
  const world = createEffectWorld();
  const long = sampleStep('drain-node', 'w-03').key;
  const seen: string[] = [];
  world.around = async (moment, step, { signal, attempt }) => {
    if (moment !== 'before' || step.key !== long) return;
    seen.push(`attempt ${attempt}`);
    // A drain that waits for a budget: it ends when it is told to, or when the other node has come to its end.
    while (!signal.aborted && !world.done.has(sampleStep('uncordon-node', 'w-02').key)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (signal.aborted) throw new Error('stopped');
  };
  const executor = tempExecutor(store, effectHandlers(world));
  await executor.start();
  const run = await untilEnded(stored);
  expect(run.status).toBe('succeeded');
  expect(world.done.get(sampleStep('drain-node', 'w-02').key)).toBe(1);
  expect(world.done.get(long)).toBe(1);
  expect(seen).toEqual(['attempt 1', 'attempt 1']);
});

test('a store that takes nothing for longer than a moment: that is told, and when it does again', async () => {
  const stored = tempStore(realClock);
  await storeApprovedRun(stored);
  const drained = sampleStep('drain-node', 'w-02').key;
  const told: (string | undefined)[] = [];
  let isFull = false;
  const refuse = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isFull) throw new Error('The disk is full');
    return work();
  };
  const store: RunStore = {
    ...stored,
    commit: (...given) => refuse(() => stored.commit(...given)),
    acquireLease: (...given) => refuse(() => stored.acquireLease(...given)),
  };
  const world = createEffectWorld();
  world.around = (moment, { key }) => {
    if (moment === 'after' && key === drained && told.length === 0) isFull = true;
  };
  const executor = tempExecutor(store, effectHandlers(world), {
    onTrouble: (_, trouble) => {
      const why = trouble?.kind === 'interrupted' ? trouble.why : trouble?.kind;
      if (why !== told.at(-1)) told.push(why);
      if (why !== undefined) isFull = false;
    },
  });
  await executor.start();
  expect((await untilEnded(stored)).status).toBe('succeeded');
  expect(told).toEqual(['The disk is full', undefined]);
  expect(world.done.get(drained)).toBe(1);
});
