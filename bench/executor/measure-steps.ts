import { statSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { openRunStore } from '../../src/adapters/sqlite/run-store.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Step } from '../../src/domain/step.ts';
import type { Log } from '../../src/ports/log.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import type { StepHandler, StepHandlers } from '../../src/ports/step-handler.ts';
import { createExecutor } from '../../src/run/executor/executor.ts';
import { storeRunMidway } from './history.ts';

export interface StepTimes {
  /** Milliseconds from the moment that one step's handler is through to the moment that the next one's is called. */
  readonly betweenSteps: readonly number[];
  readonly commits: number;
  readonly seconds: number;
  readonly eventLoopP99Ms: number;
  readonly databaseBytes: number;
}

/** Nobody waits longer for a bench than this. */
const longestMs = 40_000;

/**
 * Lets the executor drive a run, one step at a time, with handlers that do nothing, on a real database file: what remains
 * is the executor's own time.
 * @param done steps that have succeeded before
 * @param wanted steps to measure
 */
export async function measureSteps(
  path: string,
  plan: Plan,
  { done, wanted }: { done: number; wanted: number },
): Promise<StepTimes> {
  const store = openRunStore(path, systemClock);
  await storeRunMidway(store, plan, done);

  const betweenSteps: number[] = [];
  const enough = Promise.withResolvers<void>();
  let through: number | undefined;
  const idle: StepHandler<Step> = {
    async observe() {
      if (through !== undefined) betweenSteps.push(performance.now() - through);
      if (betweenSteps.length >= wanted) enough.resolve();
      return { status: 'to-do' };
    },
    // A real act waits for the world; without it no timer would ever have its turn.
    act: () => setImmediate(),
    async verify() {
      through = performance.now();
      return {};
    },
  };
  let commits = 0;
  const executor = createExecutor({
    store: counting(store, () => {
      commits += 1;
    }),
    handlers: new Proxy({} as StepHandlers, { get: () => idle }),
    clock: systemClock,
    random: Math.random,
    knows: () => true,
    upkeep: {
      stopAct: async () => false,
      readOutput: async () => ({ status: 'none' }),
      forgetRun: async () => [],
    },
    owner: 'bench',
    onCommit: () => undefined,
    log: failingLog(enough.reject),
  });

  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const began = performance.now();
  await executor.start();
  const timer = setTimeout(() => enough.resolve(), longestMs);
  await enough.promise;
  clearTimeout(timer);
  const seconds = (performance.now() - began) / 1_000;
  delay.disable();
  await executor.stop();
  await store.close();
  return {
    betweenSteps,
    commits,
    seconds,
    eventLoopP99Ms: delay.percentile(99) / 1e6,
    databaseBytes: statSync(path).size,
  };
}

function counting(store: RunStore, onCommit: () => void): RunStore {
  return {
    ...store,
    async commit(...given) {
      onCommit();
      return store.commit(...given);
    },
  };
}

/** A bench whose executor is in trouble measures nothing. */
function failingLog(fail: (error: Error) => void): Log {
  const trouble = (fields: object, message: string) => fail(new Error(message, { cause: fields }));
  return { debug() {}, info() {}, warn: trouble, error: trouble };
}
