import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { stepsOf } from '../../src/domain/plan.ts';
import { hasEnded } from '../../src/domain/run.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { countdownToDeath } from '../support/dying.ts';
import { Crash, createEffectWorld, type EffectWorld, effectHandlers } from '../support/effects.ts';
import { eventually } from '../support/eventually.ts';
import { executorOn, quickPolicy, realClock, storeApprovedRun } from '../support/running.ts';
import { runId, samplePlan } from '../support/sample-plan.ts';
import { tempDatabase, tempStore } from '../support/temp-store.ts';

/** A process that dies at its n-th chance to: around every effect on the world and around every commit. */
function mortal(store: RunStore, world: EffectWorld, chances: number) {
  const { chance, isDead } = countdownToDeath(chances);
  world.around = (moment) => {
    if (moment !== 'verify') chance();
  };
  const guarded: RunStore = {
    ...store,
    async commit(run, events, fence) {
      chance();
      const outcome = await store.commit(run, events, fence);
      chance();
      return outcome;
    },
    async load(id) {
      if (isDead()) throw new Crash('dead already');
      return store.load(id);
    },
    async renewLease(lease, ttlMs) {
      return !isDead() && store.renewLease(lease, ttlMs);
    },
    async releaseLease() {
      // A process that dies releases nothing, and one that ends has no use for the row.
    },
  };
  return { store: guarded, isDead };
}

async function liveUntilDeathOrEnd(path: string, world: EffectWorld, chances: number, name: string) {
  const store = tempStore(realClock, path);
  const process = mortal(store, world, chances);
  const executor = executorOn(process.store, effectHandlers(world), { owner: name });
  await executor.start();
  const ended = await eventually(async () => {
    if (process.isDead()) return { ended: false };
    const run = await store.load(runId);
    return run && hasEnded(run) ? { ended: true } : undefined;
  }, 'death or the end of the run');
  await executor.stop();
  await store.close();
  return ended.ended;
}

test('a run that dies anywhere, any number of times, ends with every effect done exactly once', async () => {
  const steps = stepsOf(samplePlan(quickPolicy));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 4 }), async (deaths) => {
      const path = tempDatabase();
      const first = tempStore(realClock, path);
      await storeApprovedRun(first);
      await first.close();
      const world = createEffectWorld();
      let ended = false;
      for (const [index, chances] of [...deaths, Number.POSITIVE_INFINITY].entries()) {
        if (!ended) ended = await liveUntilDeathOrEnd(path, world, chances, `process-${index}`);
      }
      const store = tempStore(realClock, path);
      const run = await store.load(runId);
      expect(run?.status).toBe('succeeded');
      expect(world.log.toSorted()).toEqual(steps.map((step) => step.key).toSorted());
      await store.close();
    }),
    { numRuns: 40, seed: 20261123 },
  );
}, 60_000);
