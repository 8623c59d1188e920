import { expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import type { UserId } from '../../src/domain/names.ts';
import { instant } from '../../src/domain/names.ts';
import type { StepKind } from '../../src/domain/step.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { elsewhere, office } from '../support/office.ts';
import { storeApprovedRun } from '../support/running.ts';
import { amir, channel, dana, li, runId, samplePlan, sampleStep } from '../support/sample-plan.ts';

const at = instant(Date.now());
const ask = (user: UserId = dana) => ({ user, channel, run: runId });

async function haltAt(store: RunStore, kind: StepKind, subject: string): Promise<void> {
  const failure = new StepFailure('drain.pdb-blocked', 'blocked').toFailure();
  const step = sampleStep(kind, subject).key;
  await appendEvents(store, runId, () => [
    { kind: 'step-started', at, step, attempt: 1 },
    { kind: 'step-failed', at, step, attempt: 1, failure },
    { kind: 'run-halted', at, step, failure },
  ]);
}

async function running(extra: Record<string, unknown> = {}) {
  const made = office({}, extra);
  await storeApprovedRun(made.store, samplePlan());
  await appendEvents(made.store, runId, () => [{ kind: 'run-started', at }]);
  return made;
}

test('pause, resume and abort are taken in the states in which they mean something', async () => {
  const { useCases } = await running();
  expect(await useCases.resume(ask())).toMatchObject({ status: 'not-now' });
  expect(await useCases.pause(ask())).toMatchObject({ status: 'accepted', run: { status: 'pausing' } });
  expect(await useCases.pause(ask())).toMatchObject({ status: 'not-now' });
  expect(await useCases.resume(ask())).toMatchObject({ status: 'accepted', run: { status: 'running' } });
  expect(await useCases.abort(ask())).toMatchObject({ status: 'accepted', run: { status: 'aborting' } });
  expect(await useCases.abort(ask())).toMatchObject({ status: 'not-now' });
});

test('a run cannot be controlled from a channel that its cluster is not tied to', async () => {
  const { useCases, store } = await running();
  expect(await useCases.abort({ ...ask(), channel: elsewhere })).toMatchObject({ status: 'denied' });
  expect((await store.load(runId))?.status).toBe('running');
});

test('where operators are named, others may not pause; approvers may', async () => {
  const { useCases } = await running({ operators: { users: [li] } });
  expect(await useCases.pause(ask(dana))).toMatchObject({ status: 'denied' });
  expect(await useCases.pause(ask(amir))).toMatchObject({ status: 'accepted' });
});

test('skipping a worker’s step leaves out the rest of its turn', async () => {
  const { useCases, store } = await running();
  await haltAt(store, 'install-kubelet', 'w-01');
  const step = sampleStep('install-kubelet', 'w-01').key;
  const outcome = await useCases.decide({ ...ask(), step, choice: 'skip' });
  expect(outcome).toMatchObject({ status: 'accepted', run: { status: 'running' } });
  const run = await store.load(runId);
  const left = ['install-kubelet', 'restart-kubelet', 'verify-node', 'uncordon-node'] as const;
  expect(left.map((kind) => run?.steps.get(sampleStep(kind, 'w-01').key)?.status)).toEqual(
    left.map(() => 'skipped'),
  );
});

test('an answer to an earlier failure of a step is refused once a retry has failed, and says what stands now', async () => {
  const { useCases, store, world } = await running();
  await haltAt(store, 'install-kubelet', 'w-01');
  const step = sampleStep('install-kubelet', 'w-01').key;
  const earlier = { ...ask(), step, choice: 'skip', failedAt: at } as const;
  expect(await useCases.decide({ ...ask(), step, choice: 'retry' })).toMatchObject({ status: 'accepted' });
  const failedAt = instant(world.now + 60_000);
  const failure = new StepFailure('packages.install-failed', 'w-01: dpkg said no.').toFailure();
  await appendEvents(store, runId, () => [
    { kind: 'step-started', at: failedAt, step, attempt: 2 },
    { kind: 'step-failed', at: failedAt, step, attempt: 2, failure },
    { kind: 'run-halted', at: failedAt, step, failure },
  ]);
  expect(await useCases.decide(earlier)).toMatchObject({
    status: 'not-now',
    reason: expect.stringContaining('Try 2 says: w-01: dpkg said no.'),
  });
  expect((await store.load(runId))?.status).toBe('halted');
  expect(await useCases.decide({ ...earlier, failedAt })).toMatchObject({ status: 'accepted' });
});

test('a control plane cannot be skipped', async () => {
  const { useCases, store } = await running();
  await haltAt(store, 'upgrade-control-plane', 'cp-1');
  const step = sampleStep('upgrade-control-plane', 'cp-1').key;
  expect(await useCases.decide({ ...ask(), step, choice: 'skip' })).toMatchObject({ status: 'not-now' });
  expect((await store.load(runId))?.status).toBe('halted');
});

test('waiting and stopping are answers only while a command still runs', async () => {
  const { useCases, store } = await running();
  await haltAt(store, 'drain-node', 'w-01');
  const step = sampleStep('drain-node', 'w-01').key;
  for (const choice of ['wait', 'stop'] as const) {
    expect(await useCases.decide({ ...ask(), step, choice })).toMatchObject({ status: 'not-now' });
  }
  expect((await store.load(runId))?.status).toBe('halted');
});

test('a decision about a step that waits for none changes nothing', async () => {
  const { useCases, store } = await running();
  await haltAt(store, 'drain-node', 'w-01');
  const step = sampleStep('drain-node', 'w-02').key;
  expect(await useCases.decide({ ...ask(), step, choice: 'retry' })).toMatchObject({ status: 'not-now' });
});
