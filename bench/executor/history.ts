import type { RunEvent } from '../../src/domain/event.ts';
import { ChannelId, instant, RunId, UserId } from '../../src/domain/names.ts';
import { type Plan, stepsOf } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import { transitions } from '../../src/run/record/transition.ts';

const dana = UserId.parse('U0DANA');
const amir = UserId.parse('U0AMIR');

/** Stores an approved run whose first `done` steps have succeeded already, as after hours of work. */
export async function storeRunMidway(
  store: RunStore,
  plan: Plan,
  done: number,
  id: RunId = RunId.parse('abc234'),
): Promise<Run> {
  const now = Date.now();
  const { run, events } = newRun({
    id,
    plan,
    requestedBy: dana,
    channel: ChannelId.parse('C0OPS'),
    now,
    expireAfterMinutes: 60,
  });
  await store.create(run, events);
  const at = instant(now);
  let present = await commit(store, run, [
    { kind: 'approval-given', at, by: amir, digest: plan.digest },
    { kind: 'run-approved', at },
    { kind: 'run-started', at },
  ]);
  const finished = stepsOf(plan).slice(0, done);
  for (let from = 0; from < finished.length; from += stepsACommit) {
    const history = finished.slice(from, from + stepsACommit).flatMap(({ key: step }): RunEvent[] => [
      { kind: 'step-started', at, step, attempt: 1 },
      { kind: 'step-succeeded', at, step, attempt: 1, alreadyDone: false, facts: {} },
    ]);
    present = await commit(store, present, history);
  }
  return present;
}

const stepsACommit = 500;

/** @throws Error when the events do not follow */
export async function commit(store: RunStore, run: Run, events: readonly RunEvent[]): Promise<Run> {
  const after = transitions(run, events);
  const outcome = await store.commit(after, events);
  if (outcome.status !== 'committed') throw new Error(`The history was not taken: ${outcome.status}`);
  return after;
}
