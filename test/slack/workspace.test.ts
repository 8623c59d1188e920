import { expect, test } from 'vitest';
import { stepsOf } from '../../src/domain/plan.ts';
import { eventually } from '../support/eventually.ts';
import { tempDatabase } from '../support/temp-store.ts';
import { bot, workspace } from './workspace-support.ts';

/** The real Bolt, sockets, Web API clients, use cases and store, in a local workspace that is as strict as Slack. */

const ops = '#prod-eu-ops';

test('from the command to two approvals: one message, edited in place, and whoever may not is told why', async () => {
  const space = await workspace();
  await bot(space);
  const [dana, amir, li, sam] = ['dana', 'amir', 'li', 'sam'].map((handle) => space.client.as(handle));

  const asked = await dana!.command(ops, '/k8s-upgrade plan prod-eu 1.34.9');
  expect(asked).toMatchObject({ status: 'acked' });
  await dana!.waitForMessage(ops, { text: 'Looking at prod-eu', ephemeral: true });
  const plan = await amir!.waitForMessage(ops, { actionId: 'run.approve' });

  await dana!.click(plan, 'run.approve', { confirm: true });
  await dana!.waitForMessage(ops, { text: 'you asked for it', ephemeral: true });
  await sam!.click(plan, 'run.approve', { confirm: true });
  await sam!.waitForMessage(ops, { text: 'that is for', ephemeral: true });
  await amir!.click(plan, 'run.approve', { confirm: true });
  await amir!.waitForMessage(ops, { text: 'Approvals 1 of 2', ts: plan.ts });
  await li!.click(plan, 'run.approve', { confirm: true });
  const approved = await li!.waitForMessage(ops, { text: 'approved, starts in a moment', ts: plan.ts });
  expect(JSON.stringify(approved)).not.toContain('run.approve"');
  await amir!.waitForMessage(ops, { text: '@amir approved this plan', threadTs: plan.ts });

  const { acks } = await space.client.statistics();
  expect(acks.all.p99Ms).toBeLessThan(1_000);
});

test('the form: cluster chosen, versions asked for, plan posted; details with every step', async () => {
  const space = await workspace();
  await bot(space);
  const dana = space.client.as('dana');
  await dana.command(ops, '/k8s-upgrade plan');
  await dana.waitForModal({ text: 'Version (prod-eu is on v1.33.13)' });
  await dana.submit({ 'plan.version': 'v1.34.9' });
  await dana.waitForNoModal();
  const plan = await dana.waitForMessage(ops, { actionId: 'run.details' });
  await dana.click(plan, 'run.details');
  await dana.waitForModal({ text: 'check that the cluster is still as planned' });
});

test('a run is told on the same message after the process was replaced', async () => {
  const space = await workspace();
  const database = tempDatabase();
  const first = await bot(space, database);
  const [dana, amir, li] = ['dana', 'amir', 'li'].map((handle) => space.client.as(handle));
  await dana!.command(ops, '/k8s-upgrade plan prod-eu 1.34.9');
  const plan = await dana!.waitForMessage(ops, { actionId: 'run.approve' });
  await amir!.click(plan, 'run.approve', { confirm: true });
  await amir!.waitForMessage(ops, { text: 'Approvals 1 of 2', ts: plan.ts });
  await first.stop();
  await first.store.close();

  const second = await bot(space, database);
  await li!.click(plan, 'run.approve', { confirm: true });
  await li!.waitForMessage(ops, { text: 'approved, starts in a moment', ts: plan.ts });
  const [run] = await second.store.list({});
  await second.happen(run!.id, { kind: 'run-started' });
  const running = await li!.waitForMessage(ops, { matches: /running (under )?\d+ s/, ts: plan.ts });
  expect(running.ts).toBe(plan.ts);
});

test('a workspace without plan blocks gets sections; a halt is shown in the channel and can be answered', async () => {
  const space = await workspace();
  await space.client.fault({ kind: 'switch', switches: { refusePlanBlocks: true } });
  const app = await bot(space);
  const [dana, amir, li] = ['dana', 'amir', 'li'].map((handle) => space.client.as(handle));
  await dana!.command(ops, '/k8s-upgrade plan prod-eu 1.34.9');
  const plan = await dana!.waitForMessage(ops, { actionId: 'run.approve' });
  await amir!.click(plan, 'run.approve', { confirm: true });
  await li!.click(plan, 'run.approve', { confirm: true });
  const [run] = await app.store.list({});
  await eventually(async () => (await app.store.load(run!.id))?.status === 'approved', 'the approval');
  const step = stepsOf(run!.plan)[0]!;
  const failure = {
    code: 'ssh.host-key-changed' as const,
    message: 'cp-1: the host key is another one <!channel>.',
    facts: {},
    lastWords: ['WARNING: <!everyone> `REMOTE HOST`'],
    retry: 'halt' as const,
  };
  await app.happen(run!.id, { kind: 'run-started' }, { kind: 'step-started', step: step.key, attempt: 1 });
  await dana!.waitForMessage(ops, { text: 'Way back now', ts: plan.ts });
  await app.happen(
    run!.id,
    { kind: 'step-failed', step: step.key, attempt: 1, failure },
    { kind: 'run-halted', step: step.key, failure },
  );
  await dana!.waitForMessage(ops, { actionId: 'run.retry', ts: plan.ts });
  await dana!.waitForMessage(ops, { text: 'waits for a decision', threadTs: plan.ts });
  await amir!.click(plan, 'run.retry');
  await amir!.waitForMessage(ops, { text: 'It tries again', ephemeral: true });
});

test('a forged click changes nothing and gets an honest answer', async () => {
  const space = await workspace();
  const app = await bot(space);
  const [dana, amir] = ['dana', 'amir'].map((handle) => space.client.as(handle));
  await dana!.command(ops, '/k8s-upgrade plan prod-eu 1.34.9');
  const plan = await dana!.waitForMessage(ops, { actionId: 'run.approve' });
  await amir!.forge(plan, {
    type: 'button',
    action_id: 'run.approve',
    block_id: 'x',
    value: 'k7f3ab.000000000000',
  });
  await amir!.waitForMessage(ops, { text: 'nothing was done', ephemeral: true });
  const [run] = await app.store.list({});
  expect(run?.approvals).toEqual([]);
});

test('a delivery that Slack makes twice plans once', async () => {
  const space = await workspace();
  const app = await bot(space);
  await space.client.fault({ kind: 'switch', switches: { redeliver: true } });
  const dana = space.client.as('dana');
  await dana.command(ops, '/k8s-upgrade plan prod-eu 1.34.9');
  await dana.waitForMessage(ops, { actionId: 'run.approve' });
  expect(await app.store.list({})).toHaveLength(1);
});

test('a guest, a stranger and a shared channel are refused', async () => {
  const space = await workspace();
  await bot(space);
  const gil = space.client.as('gil');
  await gil.command(ops, '/k8s-upgrade plan prod-eu 1.34.9');
  await gil.waitForMessage(ops, { text: 'You are a guest', ephemeral: true });
  const noor = space.client.as('noor');
  await noor.command('#ext-hosting', '/k8s-upgrade clusters');
  await noor.waitForMessage('#ext-hosting', { text: 'another workspace', ephemeral: true });
  const dana = space.client.as('dana');
  await dana.command('#ext-hosting', '/k8s-upgrade clusters');
  await dana.waitForMessage('#ext-hosting', { text: 'shared with another organisation', ephemeral: true });
});

test('Home shows the run with a link, per person', async () => {
  const space = await workspace();
  await bot(space);
  const dana = space.client.as('dana');
  await dana.command(ops, '/k8s-upgrade plan prod-eu 1.34.9');
  await dana.waitForMessage(ops, { actionId: 'run.approve' });
  await dana.openHome();
  await dana.waitForHome({ text: 'prod-eu: v1.33.13 → v1.34.9' });
  const { acks } = await space.client.statistics();
  expect(acks.events_api).toMatchObject({ count: 1, unacknowledged: 0 });
});

test('the socket comes back after Slack asks for a new one, and readiness follows it', async () => {
  const space = await workspace();
  const app = await bot(space);
  expect(app.socket.state()).toBe('connected');
  await space.client.fault({ kind: 'disconnect' });
  await eventually(() => app.socket.state() === 'reconnecting', 'the disconnect');
  await eventually(() => app.socket.state() === 'connected', 'the reconnect', 15_000);
  const dana = space.client.as('dana');
  expect(await dana.command(ops, '/k8s-upgrade help')).toMatchObject({ status: 'acked' });
});

test('with the scopes to look: a message and a line whose answers were lost are found, and stand there once', async () => {
  const space = await workspace(true);
  const app = await bot(space, tempDatabase(), 1_000);
  const [dana, amir] = ['dana', 'amir'].map((handle) => space.client.as(handle));
  const loseAnAnswer = () =>
    space.client.fault({
      kind: 'next-call',
      fault: { method: 'chat.postMessage', times: 1, how: { kind: 'lost-answer' } },
    });
  await loseAnAnswer();
  await dana!.command(ops, '/k8s-upgrade plan prod-eu 1.34.9');
  const plan = await amir!.waitForMessage(ops, { actionId: 'run.approve' });
  const [run] = await app.store.list({});
  const telling = () => app.store.telling(run!.id);
  await eventually(async () => (await telling())?.parentTs === plan.ts, 'the message was found', 15_000);

  await loseAnAnswer();
  await amir!.click(plan, 'run.approve', { confirm: true });
  await eventually(async () => (await telling())?.toldSeq === 2, 'the line was found', 15_000);
  const { messages } = await dana!.conversation(ops);
  const posted = messages.filter(({ ephemeral, metadata }) => !ephemeral && metadata !== undefined);
  expect(posted.map(({ ts }) => ts)).toEqual([plan.ts]);
  expect(posted[0]?.replies.filter(({ plain }) => plain.includes('approved this plan'))).toHaveLength(1);
  expect(posted[0]?.replies.some(({ plain }) => plain.includes('may be missing'))).toBe(false);
});
