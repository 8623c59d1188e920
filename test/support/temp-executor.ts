import type { Executor } from '../../src/run/executor/executor.ts';
import { executorOn } from './running.ts';
import { beforeClosing } from './temp-store.ts';

/** An executor that is stopped after the test. */
export function tempExecutor(...made: Parameters<typeof executorOn>): Executor {
  const executor = executorOn(...made);
  beforeClosing(() => executor.stop());
  return executor;
}
