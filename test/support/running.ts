import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import type { RunEvent } from '../../src/domain/event.ts';
import { instant } from '../../src/domain/names.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { hasEnded, type Run } from '../../src/domain/run.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import type { StepHandlers } from '../../src/ports/step-handler.ts';
import { createExecutor, type Executor } from '../../src/run/executor/executor.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import { eventually } from './eventually.ts';
import { amir, channel, dana, runId, samplePlan } from './sample-plan.ts';
import { silentLog } from './silent-log.ts';

/** The machine's own time. */
export const realClock: Clock = systemClock;

/** Quick retries, so that tests wait for facts and not for patience. */
export const quickPolicy = {
  retries: { attempts: 3, firstDelaySeconds: 0.01, longestDelaySeconds: 0.02 },
};

/** Stores a run that was approved and has not begun. */
export async function storeApprovedRun(store: RunStore, plan: Plan = samplePlan(quickPolicy)): Promise<Run> {
  const now = Date.now();
  const { run, events } = newRun({
    id: runId,
    plan,
    requestedBy: dana,
    channel,
    now,
    expireAfterMinutes: 60,
  });
  await store.create(run, events);
  const at = instant(now);
  const approved = await appendEvents(store, run.id, () => [
    { kind: 'approval-given', at, by: amir, digest: plan.digest },
    { kind: 'run-approved', at },
  ]);
  return approved.run;
}

/** An executor with nothing around it, but for what a test gives it. */
export function executorOn(
  store: RunStore,
  handlers: StepHandlers,
  given: Partial<Omit<Parameters<typeof createExecutor>[0], 'store' | 'handlers'>> = {},
): Executor {
  return createExecutor({
    store,
    handlers,
    clock: realClock,
    random: () => 0.5,
    knows: () => true,
    owner: 'test',
    upkeep: {
      stopAct: async () => false,
      readOutput: async () => ({ status: 'none' }),
      forgetRun: async () => [],
    },
    onCommit: () => undefined,
    log: silentLog,
    ...given,
  });
}

export async function untilEnded(store: RunStore): Promise<Run> {
  return untilRun(store, hasEnded);
}

export async function untilRun(store: RunStore, holds: (run: Run) => boolean): Promise<Run> {
  return eventually(async () => {
    const run = await store.load(runId);
    return run && holds(run) ? run : undefined;
  }, 'the awaited state of the run');
}

export async function kindsOf(store: RunStore): Promise<RunEvent['kind'][]> {
  return (await store.events(runId, 0)).map(({ event }) => event.kind);
}

/** Commits a person's events and wakes the executor, as use cases do. */
export async function byPerson(
  store: RunStore,
  executor: Executor,
  decide: (at: ReturnType<typeof instant>, run: Run) => readonly RunEvent[],
): Promise<void> {
  await appendEvents(store, runId, (run) => decide(instant(Date.now()), run));
  executor.wake(runId);
}
