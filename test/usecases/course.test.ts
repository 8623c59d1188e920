import { describe, expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { ChannelId, instant, NodeName, StepKey, type UserId } from '../../src/domain/names.ts';
import { Plan } from '../../src/domain/plan.ts';
import { version } from '../../src/domain/version.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { office } from '../support/office.ts';
import { storeApprovedRun } from '../support/running.ts';
import { amir, channel, cluster, dana, li, runId, samplePlan, sampleStep } from '../support/sample-plan.ts';

const at = instant(Date.now());
const ask = (user: UserId = dana) => ({ user, channel, run: runId });
const exact = (text: string) => ({ kind: 'exact', version: version(text) }) as const;

describe('at a gate', () => {
  const key = StepKey.parse('v1.34.9/gate/workers-1');

  async function atGate(gate: Record<string, unknown>, status: 'running' | 'halted' = 'running') {
    const made = office();
    const plan = samplePlan();
    const step = {
      kind: 'gate',
      key,
      input: { name: 'workers-1', gate: { before: 'workers', timeoutMinutes: 10, ...gate } },
    };
    const turn = { subject: { kind: 'cluster' }, reason: 'configured', steps: [step] };
    const phases = [{ kind: 'gate', batches: [{ turns: [turn] }] }, ...plan.phases];
    await storeApprovedRun(made.store, Plan.parse({ ...plan, phases }));
    const failure = new StepFailure('gate.closed', 'Gate workers-1 is closed.').toFailure();
    await appendEvents(made.store, runId, () => [
      { kind: 'run-started', at },
      { kind: 'step-started', at, step: key, attempt: 1 },
      ...(status === 'halted'
        ? ([
            { kind: 'step-failed', at, step: key, attempt: 1, failure },
            { kind: 'run-halted', at, step: key, failure },
          ] as const)
        : []),
    ]);
    return made;
  }

  test('of approval an approver says yes, nobody twice, and not who asked for the run', async () => {
    const { useCases } = await atGate({ kind: 'approval', needed: 2 });
    expect(await useCases.voteAtGate({ ...ask(amir), choice: 'yes' })).toMatchObject({ status: 'accepted' });
    expect(await useCases.voteAtGate({ ...ask(amir), choice: 'yes' })).toMatchObject({ status: 'not-now' });
    expect(await useCases.voteAtGate({ ...ask(dana), choice: 'yes' })).toMatchObject({ status: 'denied' });
    expect(await useCases.voteAtGate({ ...ask(li), choice: 'yes' })).toMatchObject({
      run: { course: { votes: [{ by: amir }, { by: li }] } },
    });
  });

  test('of health anybody in the channel does; only an approver opens it', async () => {
    const { useCases } = await atGate({ kind: 'healthy', needed: 2 });
    const sam = 'U0SAM' as UserId;
    expect(await useCases.voteAtGate({ ...ask(sam), choice: 'yes' })).toMatchObject({ status: 'accepted' });
    expect(await useCases.voteAtGate({ ...ask(sam), choice: 'open' })).toMatchObject({ status: 'denied' });
    expect(await useCases.voteAtGate({ ...ask(li), choice: 'open' })).toMatchObject({ status: 'accepted' });
  });

  test('of a command nobody says yes', async () => {
    const { useCases } = await atGate({ kind: 'command', command: ['true'], everySeconds: 30 });
    expect(await useCases.voteAtGate({ ...ask(amir), choice: 'yes' })).toMatchObject({ status: 'not-now' });
  });

  test('that the run has halted at, opening it lets the run go on', async () => {
    const { useCases } = await atGate({ kind: 'approval', needed: 1 }, 'halted');
    expect(await useCases.voteAtGate({ ...ask(amir), choice: 'open' })).toMatchObject({
      status: 'accepted',
      run: { status: 'running' },
    });
  });

  test('where there is none, that is said', async () => {
    const made = office();
    await storeApprovedRun(made.store);
    expect(await made.useCases.voteAtGate({ ...ask(amir), choice: 'open' })).toMatchObject({
      status: 'not-now',
    });
  });
});

describe('in quarantine', () => {
  const node = NodeName.parse('w-02');
  const step = sampleStep('install-kubelet', 'w-02').key;

  async function aside() {
    const made = office();
    await storeApprovedRun(made.store);
    const failure = new StepFailure('node.kubelet-not-ready', 'no').toFailure();
    await appendEvents(made.store, runId, () => [
      { kind: 'run-started', at },
      { kind: 'step-started', at, step, attempt: 1 },
      { kind: 'step-failed', at, step, attempt: 1, failure },
      { kind: 'node-quarantined', at, step, attempt: 1, node, failure },
    ]);
    return made;
  }

  test('a node is tried again by its button or by name, and what is stored says so', async () => {
    for (const by of ['retryQuarantined', 'retry'] as const) {
      const { useCases, store } = await aside();
      expect((await store.load(runId))?.course.quarantined).toMatchObject([{ node, step }]);
      expect(await useCases[by]({ ...ask(), node })).toMatchObject({ status: 'accepted' });
      const run = await store.load(runId);
      expect(run?.course.quarantined).toEqual([]);
      expect(run?.steps.get(step)).toMatchObject({ status: 'retrying', budgetFrom: 2 });
    }
  });

  test('its failed step is nobody’s to decide while it is there', async () => {
    const { useCases, store } = await aside();
    const other = sampleStep('install-kubelet', 'w-03').key;
    const failure = new StepFailure('node.kubelet-not-ready', 'no').toFailure();
    await appendEvents(store, runId, () => [
      { kind: 'step-started', at, step: other, attempt: 1 },
      { kind: 'step-failed', at, step: other, attempt: 1, failure },
      { kind: 'run-halted', at, step: other, failure },
    ]);
    expect(await useCases.decide({ ...ask(), step, choice: 'skip' })).toMatchObject({ status: 'not-now' });
    expect(await useCases.decide({ ...ask(), step: other, choice: 'skip' })).toMatchObject({
      run: { status: 'running', course: { quarantined: [{ node }] } },
    });
  });

  test('one that is not there cannot be tried again', async () => {
    const { useCases } = await aside();
    expect(await useCases.retryQuarantined({ ...ask(), node: NodeName.parse('w-03') })).toMatchObject({
      status: 'not-now',
      reason: 'w-03 is not in quarantine.',
    });
  });
});

describe('a start that somebody named', () => {
  const plan = (start: Record<string, unknown>) => ({
    user: dana,
    channel,
    cluster,
    target: exact('1.34.9'),
    start: start as never,
  });

  test('is kept with the proposal', async () => {
    const { useCases, store, world } = office({ timeZone: 'Europe/Berlin' });
    world.now = Date.parse('2026-11-23T12:00:00Z');
    const outcome = await useCases.propose(plan({ kind: 'at', time: '22:00' }));
    if (outcome.status !== 'proposed') throw new Error(outcome.status);
    expect((await store.load(outcome.run.id))?.course.startAt).toBe('2026-11-23T21:00:00.000Z');
    expect((await store.events(outcome.run.id, 0)).map(({ event }) => event.kind)).toEqual([
      'run-proposed',
      'run-scheduled',
    ]);
  });

  test('is the next window where that was said, and refused where there is none', async () => {
    const { useCases, world } = office({ windows: [{ from: '22:00', to: '23:00' }] });
    world.now = Date.parse('2026-11-23T22:30:00Z');
    expect(await useCases.propose(plan({ kind: 'next-window' }))).toMatchObject({
      run: { course: { startAt: '2026-11-24T22:00:00.000Z' } },
    });
    expect(await office().useCases.propose(plan({ kind: 'next-window' }))).toMatchObject({
      status: 'denied',
    });
  });

  test('is refused when it is over, or too far', async () => {
    const { useCases, world } = office();
    world.now = Date.parse('2026-11-23T12:00:00Z');
    for (const date of ['2026-11-22', '2026-12-24'])
      expect(await useCases.propose(plan({ kind: 'at', time: '22:00', date })), date).toMatchObject({
        status: 'denied',
      });
  });
});

describe('an incident', () => {
  const inc = ChannelId.parse('C0INC2231');
  const opened = async () => {
    const made = office({}, { incidents: { namePattern: '^inc-' } });
    made.world.channels.set(inc, 'inc-2231');
    made.world.channels.set(ChannelId.parse('C0RANDOM01'), 'random');
    await storeApprovedRun(made.store);
    return made;
  };
  const said = (action: 'start' | 'end', where = inc) => ({ user: dana, channel: where, action });

  test('declared in a channel of that name holds the cluster’s runs until it is over, once', async () => {
    const { useCases, store } = await opened();
    expect(await useCases.incident(said('start'))).toMatchObject({
      clusters: [cluster],
      runs: [{ id: runId }],
    });
    expect(await useCases.incident(said('start'))).toMatchObject({ runs: [] });
    expect((await store.load(runId))?.course.incidents).toMatchObject([{ channel: inc, name: 'inc-2231' }]);
    expect(await useCases.incident(said('end'))).toMatchObject({ runs: [{ id: runId }] });
    expect((await store.load(runId))?.course.incidents).toEqual([]);
  });

  test('that is open holds a run that is proposed later', async () => {
    const { useCases, store } = await opened();
    await appendEvents(store, runId, () => [
      { kind: 'abort-requested', at, by: dana },
      { kind: 'run-aborted', at },
    ]);
    await useCases.incident(said('start'));
    const outcome = await useCases.propose({ user: dana, channel, cluster, target: exact('1.34.9') });
    expect(outcome).toMatchObject({
      status: 'proposed',
      run: { course: { incidents: [{ name: 'inc-2231' }] } },
    });
  });

  test('is nothing to a channel that no cluster has its incidents in', async () => {
    const { useCases } = await opened();
    expect(await useCases.incident(said('start', ChannelId.parse('C0RANDOM01')))).toMatchObject({
      status: 'denied',
    });
    expect(await useCases.incident(said('start', ChannelId.parse('C0UNSEEN01')))).toMatchObject({
      status: 'denied',
    });
  });

  test('is for those who may operate the cluster, where they are named', async () => {
    const made = office({}, { incidents: { namePattern: '^inc-' }, operators: { users: [li] } });
    made.world.channels.set(inc, 'inc-2231');
    expect(await made.useCases.incident(said('start'))).toMatchObject({ status: 'denied' });
    expect(await made.useCases.incident({ ...said('start'), user: li })).toMatchObject({ status: 'told' });
  });
});
