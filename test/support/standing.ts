import type { Blockage } from '../../src/domain/blockage.ts';
import { StepFailure } from '../../src/domain/failure.ts';
import { instant, type UserId } from '../../src/domain/names.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { office } from './office.ts';
import { storeApprovedRun } from './running.ts';
import { channel, dana, runId, samplePlan, sampleStep } from './sample-plan.ts';

export const began = Date.now();
export const at = instant(began);
export const drain = sampleStep('drain-node', 'w-01').key;
export const failure = (): StepFailure => new StepFailure('drain.pdb-blocked', 'blocked');

export const blockage = (name: string, extra: Partial<Blockage> = {}): Blockage => ({
  namespace: 'shop',
  name,
  uid: `uid-${name}`,
  reason: 'budget',
  message: 'no room',
  since: at,
  budgets: [],
  workload: { kind: 'StatefulSet', namespace: 'shop', name: 'db', replicas: 2 },
  ...extra,
});

export const standstill = (...blockages: Blockage[]) => ({
  blockages,
  moved: 3,
  left: blockages.length,
  since: at,
  until: instant(began + 1_500_000),
});

export const ask = (user: UserId = dana) => ({ user, channel, run: runId, step: drain, since: at });

/** A run of which the drain of w-01 stands still. */
export async function standing(extra: Record<string, unknown> = {}, policy: Record<string, unknown> = {}) {
  const made = office({}, extra);
  await storeApprovedRun(made.store, samplePlan(policy));
  await appendEvents(made.store, runId, () => [
    { kind: 'run-started', at },
    { kind: 'step-started', at, step: drain, attempt: 1 },
    {
      kind: 'step-blocked',
      at,
      step: drain,
      failure: failure().toFailure(),
      standstill: standstill(blockage('db-1')),
    },
  ]);
  const record = async () => (await made.store.load(runId))?.steps.get(drain);
  return { ...made, record };
}

export async function stop(store: RunStore): Promise<void> {
  await appendEvents(store, runId, () => [
    { kind: 'step-failed', at, step: drain, attempt: 1, failure: failure().toFailure() },
    { kind: 'run-halted', at, step: drain, failure: failure().toFailure() },
  ]);
}
