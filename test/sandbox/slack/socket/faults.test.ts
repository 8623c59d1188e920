import { expect, it } from 'vitest';

import { boltApp, errorOf, patience, section, webClient, workspace } from '../support.ts';

const channel = 'CPRODEUOPS';

it('tells the user when a command is not acknowledged within 3 s, and still measures the late answer', async () => {
  const space = await workspace();
  await boltApp(space, (app) => {
    app.command('/slow', async ({ ack }) => {
      await new Promise((resolve) => setTimeout(resolve, 3_200));
      await ack();
    });
  });
  const dana = space.client.as('dana');
  expect(await dana.command(channel, '/slow')).toEqual({ status: 'timed-out', afterMs: 3_000 });
  const told = await dana.waitForMessage(channel, { ephemeral: true });
  expect(told.plain).toContain('did not respond in time');
  expect(told.plain).toContain('operation_timeout');
  expect((await space.client.as('amir').conversation(channel)).messages).toEqual([]);
  await expect.poll(async () => (await space.client.statistics()).acks.slash_commands.late, patience).toBe(1);
});

it('tells the user when no app is connected', async () => {
  const space = await workspace();
  expect(await space.client.as('dana').command(channel, '/go')).toEqual({ status: 'no-socket' });
  await space.client.as('dana').waitForMessage(channel, 'dispatch_failed');
});

it('delivers the same envelope twice when told to', async () => {
  const space = await workspace();
  const triggers: string[] = [];
  await boltApp(space, (app) => {
    app.command('/go', async ({ ack, command }) => {
      triggers.push(command.trigger_id);
      await ack();
    });
  });
  await space.client.fault({ kind: 'switch', switches: { redeliver: true } });
  await space.client.as('dana').command(channel, '/go');
  await expect.poll(() => triggers, patience).toHaveLength(2);
  expect(new Set(triggers).size).toBe(1);
});

it.each([{ kind: 'disconnect' } as const, { kind: 'drop-sockets' } as const])(
  'the app comes back after $kind',
  async (fault) => {
    const space = await workspace();
    await boltApp(space, (app) => {
      app.command('/go', ({ ack }) => ack());
    });
    await space.client.fault(fault);
    await space.client.waitForSockets(0);
    await space.client.waitForSockets(1);
    expect(await space.client.as('dana').command(channel, '/go')).toMatchObject({ status: 'acked' });
  },
);

it('can be down: calls answer 503, sockets are cut, and all comes back', async () => {
  const space = await workspace();
  await boltApp(space, () => undefined);
  await space.client.fault({ kind: 'switch', switches: { down: true } });
  await space.client.waitForSockets(0);
  const call = fetch(`${space.apiUrl}auth.test`, { method: 'POST' });
  expect((await call).status).toBe(503);
  await space.client.fault({ kind: 'clear' });
  expect(await webClient(space).auth.test()).toMatchObject({ ok: true });
});

it('can refuse plan blocks, so that an app shows its fallback', async () => {
  const space = await workspace();
  const client = webClient(space);
  const blocks = [
    {
      type: 'plan' as const,
      title: 'prod-eu',
      tasks: [{ type: 'task_card' as const, task_id: 't', title: 'cp-2', status: 'pending' as const }],
    },
  ];
  await client.chat.postMessage({ channel, text: 'a', blocks });
  await space.client.fault({ kind: 'switch', switches: { refusePlanBlocks: true } });
  expect(await errorOf(client.chat.postMessage({ channel, text: 'a', blocks }))).toBe('invalid_blocks');
  await client.chat.postMessage({ channel, text: 'a', blocks: [section('fallback')] });
});

it('can fail the next calls of a method: an error, a 429, a status, or an answer that is lost', async () => {
  const space = await workspace();
  const client = webClient(space);
  const post = () => client.chat.postMessage({ channel, text: 'a' });
  const next = (
    how: { kind: 'error'; error: string } | { kind: 'http'; status: number } | { kind: 'lost-answer' },
  ) => space.client.fault({ kind: 'next-call', fault: { method: 'chat.postMessage', how } });
  await next({ kind: 'error', error: 'internal_error' });
  expect(await errorOf(post())).toBe('internal_error');
  await next({ kind: 'http', status: 500 });
  await expect(post()).rejects.toThrow('500');
  await next({ kind: 'lost-answer' });
  await expect(post()).rejects.toThrow();
  await post();
  const { messages } = await space.client.as('dana').conversation(channel);
  expect(messages).toHaveLength(2);
});
