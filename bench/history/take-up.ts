import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { openRunStore } from '../../src/adapters/sqlite/run-store.ts';
import type { RunId } from '../../src/domain/names.ts';
import type { Step } from '../../src/domain/step.ts';
import type { Log } from '../../src/ports/log.ts';
import type { StepHandler, StepHandlers } from '../../src/ports/step-handler.ts';
import { createExecutor } from '../../src/run/executor/executor.ts';
import { createPublisher } from '../../src/slack/publisher.ts';
import { FakeSlack } from '../../test/support/fake-slack.ts';

export interface TakeUp {
  /** Milliseconds from the beginning to the moment at which the store answers: the process is ready for commands. */
  readonly readyMs: number;
  /** Milliseconds until every unfinished run is at work again. */
  readonly atWorkMs: number;
  /** Milliseconds for which nothing else was done at a time, at most. */
  readonly longestBlockMs: number;
}

const longestMs = 60_000;

/**
 * The start of a process after a crash: opens the database, takes up runs and tellings as app.ts does. Steps hang, as on
 * machines that take their time.
 */
export async function takeUp(path: string, unfinished: number): Promise<TakeUp> {
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (fields, message) => console.error(message, fields),
  };
  const atWork = new Set<RunId>();
  const all = Promise.withResolvers<void>();
  const hanging: StepHandler<Step> = {
    observe: async (_, { run, signal }) => {
      atWork.add(run);
      if (atWork.size === unfinished) all.resolve();
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      return { status: 'to-do' };
    },
    act: async () => undefined,
    verify: async () => ({}),
  };

  const delay = monitorEventLoopDelay({ resolution: 1 });
  const began = performance.now();
  const store = openRunStore(path, systemClock);
  const publisher = createPublisher({
    store,
    messenger: new FakeSlack(systemClock),
    clock: systemClock,
    log,
    backupsOf: () => '/backups',
    channelsOf: () => [],
    approversOf: () => ({ users: [] }),
    linkOf: async () => undefined,
    nameOf: async () => undefined,
  });
  const executor = createExecutor({
    store,
    handlers: new Proxy({} as StepHandlers, { get: () => hanging }),
    clock: systemClock,
    random: Math.random,
    knows: () => true,
    upkeep: {
      stopAct: async () => false,
      forgetRun: async () => [],
      readOutput: async () => undefined,
    } as never,
    owner: 'bench',
    onCommit: ({ id }) => publisher.wake(id),
    log,
  });
  // What opening takes is measured by itself.
  delay.enable();
  await publisher.start();
  await executor.start();
  await store.heads({ limit: 1 });
  const readyMs = performance.now() - began;
  await Promise.race([all.promise, setTimeout(longestMs, undefined, { ref: false })]);
  const atWorkMs = atWork.size === unfinished ? performance.now() - began : Number.POSITIVE_INFINITY;
  await setTimeout(200);
  delay.disable();
  await executor.stop();
  await publisher.stop(0);
  await store.close();
  return { readyMs, atWorkMs, longestBlockMs: delay.max / 1e6 };
}
