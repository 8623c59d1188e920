import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openRunStore } from '../../src/adapters/sqlite/run-store.ts';
import { StoreFailure } from '../../src/adapters/sqlite/store-failure.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import type { Executor } from '../../src/run/executor/executor.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { eventually } from '../support/eventually.ts';
import { executorOn, realClock, storeApprovedRun, untilEnded } from '../support/running.ts';
import { runId, sampleStep } from '../support/sample-plan.ts';
import { silentLog } from '../support/silent-log.ts';

const directory = mkdtempSync(join(tmpdir(), 'upgrade-bot-full-'));
const ballast = join(directory, 'ballast');
let isMounted = false;

/** A file system of its own, small enough to fill; only root can have one. */
beforeAll(() => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', directory], { stdio: 'ignore' });
    isMounted = true;
  } catch {
    isMounted = false;
  }
});
afterAll(() => {
  if (isMounted) execFileSync('umount', [directory]);
  rmSync(directory, { recursive: true, force: true });
});

const opened: { executor?: Executor; store?: RunStore } = {};
afterEach(async () => {
  rmSync(ballast, { force: true });
  await opened.executor?.stop();
  await opened.store?.close();
});

/** Writes until the file system takes no byte more. */
function fillDisk(): void {
  const file = openSync(ballast, 'w');
  try {
    for (const size of [65_536, 4_096, 1]) {
      try {
        for (let written = 1; written > 0; ) written = writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(file);
  }
}

test('a disk that fills up in the middle of a step: nothing is lost, nothing is done twice, nothing new begins', async ({
  skip,
}) => {
  skip(!isMounted, 'no file system can be mounted here');
  let aheadMs = 0;
  const storeClock = { ...realClock, now: () => realClock.now() + aheadMs };
  const store = openRunStore(join(directory, 'bot.sqlite'), storeClock);
  opened.store = store;
  await storeApprovedRun(store);
  const world = createEffectWorld();
  const drained = sampleStep('drain-node', 'w-02').key;
  let isFull = false;
  world.around = (moment, step) => {
    if (moment !== 'after' || step.key !== drained || isFull) return;
    isFull = true;
    fillDisk();
  };
  const errors: unknown[] = [];
  const executor = executorOn(store, effectHandlers(world), {
    log: { ...silentLog, error: (context) => errors.push((context as { err?: unknown }).err) },
  });
  opened.executor = executor;
  await executor.start();

  const failures = await eventually(() => (errors.length > 0 ? errors : undefined), 'a failed commit');
  expect(failures.every((error) => error instanceof StoreFailure && error.code === 'full')).toBe(true);
  expect((await store.load(runId))?.steps.get(drained)?.status).toBe('running');
  expect(world.done.has(sampleStep('uncordon-node', 'w-02').key)).toBe(false);

  rmSync(ballast);
  // The lease could not be given back either: it is taken again when it has expired.
  aheadMs = 20_000;
  const run = await untilEnded(store);
  expect(run.status).toBe('succeeded');
  expect([...world.done.values()].filter((times) => times !== 1)).toEqual([]);
});
