import type { App } from '@slack/bolt';
import { expect, it } from 'vitest';

import { boltApp, patience, plain, section, webClient, workspace } from '../support.ts';

const channel = 'CPRODEUOPS';

function recordActions(seen: Record<string, unknown>[]): (app: App) => void {
  return (app) => {
    app.action(/.*/, async ({ ack, body }) => {
      seen.push(JSON.parse(JSON.stringify(body)) as Record<string, unknown>);
      await ack();
    });
  };
}

it('sends a click as Slack does', async () => {
  const space = await workspace();
  const seen: Record<string, unknown>[] = [];
  await boltApp(space, recordActions(seen));
  const { ts = '' } = await webClient(space).chat.postMessage({
    channel,
    text: 'plan',
    blocks: [
      {
        type: 'actions',
        block_id: 'decide',
        elements: [
          { type: 'button', action_id: 'approve', value: '7f3a', style: 'primary', text: plain('Approve') },
        ],
      },
    ],
  });
  await space.client.as('amir').click({ channel, ts }, 'approve');
  expect(seen[0]).toMatchObject({
    type: 'block_actions',
    api_app_id: space.appId,
    team: { id: space.teamId, domain: 'acme' },
    user: { id: 'U00000AMIR', username: 'amir', team_id: space.teamId },
    channel: { id: channel, name: 'prod-eu-ops' },
    container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
    message: { ts, text: 'plan' },
    state: { values: {} },
    is_enterprise_install: false,
    actions: [
      {
        type: 'button',
        action_id: 'approve',
        block_id: 'decide',
        value: '7f3a',
        style: 'primary',
        text: { type: 'plain_text', text: 'Approve' },
      },
    ],
  });
  expect(seen[0]?.trigger_id).toMatch(/^\d+\.\d+\.[0-9a-f]+$/);
});

it('asks for confirmation where the element does, and sends nothing after a no', async () => {
  const space = await workspace();
  const seen: Record<string, unknown>[] = [];
  await boltApp(space, recordActions(seen));
  const confirm = {
    title: plain('Roll back?'),
    text: plain('prod-eu'),
    confirm: plain('Yes'),
    deny: plain('No'),
  };
  const message = await webClient(space).chat.postMessage({
    channel,
    text: 'a',
    blocks: [
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'rollback', text: plain('Roll back'), confirm },
          { type: 'button', action_id: 'pause', text: plain('Pause') },
        ],
      },
    ],
  });
  const amir = space.client.as('amir');
  const at = { channel, ts: message.ts ?? '' };
  await expect(amir.click(at, 'rollback')).rejects.toThrow('confirm_needed');
  await expect(amir.click(at, 'pause', { confirm: true })).rejects.toThrow('confirm_absent');
  expect(await amir.click(at, 'rollback', { confirm: false })).toEqual({ status: 'declined' });
  expect(seen).toEqual([]);
  expect(await amir.click(at, 'rollback', { confirm: true })).toMatchObject({ status: 'acked' });
});

it('lets people do only what they could do at their client', async () => {
  const space = await workspace();
  await boltApp(space, () => undefined);
  const client = webClient(space);
  const select = {
    type: 'static_select' as const,
    action_id: 'version',
    options: [{ text: plain('1.34.9'), value: '1.34.9' }],
  };
  const blocks = [{ type: 'actions' as const, elements: [select] }];
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'a', blocks });
  const only = await client.chat.postEphemeral({ channel, user: 'U00000DANA', text: 'a', blocks });
  const at = { channel, ts };
  const dana = space.client.as('dana');
  await expect(dana.click(at, 'approve')).rejects.toThrow('no_such_element');
  await expect(dana.click(at, 'version', { choice: '1.35.0' })).rejects.toThrow('no_such_option');
  await expect(dana.click({ channel, ts: '1.0' }, 'version')).rejects.toThrow('no_such_message');
  await expect(space.client.as('noor').click(at, 'version')).rejects.toThrow('not_in_channel');
  const hidden = { channel, ts: only.message_ts ?? '' };
  await expect(space.client.as('amir').click(hidden, 'version')).rejects.toThrow('no_such_message');
  await expect(dana.submit()).rejects.toThrow('no_such_view');
  await expect(space.client.as('nobody').openHome()).rejects.toThrow('no_such_user');
});

it('can forge a click, so that an app shows that it trusts only what it stored', async () => {
  const space = await workspace();
  const seen: Record<string, unknown>[] = [];
  await boltApp(space, recordActions(seen));
  const { ts = '' } = await webClient(space).chat.postMessage({ channel, text: 'a' });
  await space.client.as('sam').forge({ channel, ts }, { action_id: 'approve', value: 'someone-elses-run' });
  expect(seen[0]).toMatchObject({ actions: [{ action_id: 'approve', value: 'someone-elses-run' }] });
});

it('names a stranger by the team that the stranger is of', async () => {
  const space = await workspace();
  const seen: Record<string, unknown>[] = [];
  await boltApp(space, recordActions(seen));
  const shared = 'CEXTHOSTING';
  const { ts = '' } = await webClient(space).chat.postMessage({
    channel: shared,
    text: 'a',
    blocks: [
      {
        type: 'section',
        text: plain('a'),
        accessory: { type: 'button', action_id: 'go', text: plain('Go') },
      },
    ],
  });
  await space.client.as('noor').click({ channel: shared, ts }, 'go');
  expect(seen[0]).toMatchObject({ user: { id: 'U00000NOOR', team_id: 'T00PARTNER' } });
});

it('escapes mentions in commands, and refuses commands in threads and unknown ones', async () => {
  const space = await workspace({
    appManifest: {
      display_information: { name: 'Upgrades' },
      features: {
        slash_commands: [
          { command: '/k8s-upgrade', description: 'a', should_escape: true },
          { command: '/raw', description: 'a', should_escape: false },
        ],
      },
      settings: { socket_mode_enabled: true },
    },
  });
  const seen: string[] = [];
  await boltApp(space, (app) => {
    app.command(/.*/, async ({ ack, command }) => {
      seen.push(command.text);
      await ack(`heard ${command.command}`);
    });
  });
  const dana = space.client.as('dana');
  await dana.command(channel, '/k8s-upgrade ask @amir @k8s-approvers in #staging-ops a<b&c');
  await dana.command(channel, '/raw ask @amir');
  expect(seen).toEqual([
    'ask <@U00000AMIR|amir> <!subteam^SK8SAPPROVERS|@k8s-approvers> in <#CSTAGINGOPS|staging-ops> a&lt;b&amp;c',
    'ask @amir',
  ]);
  await dana.waitForMessage(channel, { text: 'heard /raw', ephemeral: true });
  expect(await dana.command(channel, '/k8s-upgrade runs', { inThread: true })).toMatchObject({
    status: 'rejected',
  });
  await dana.waitForMessage(channel, 'not supported in threads');
  expect(await dana.command(channel, '/nothing')).toMatchObject({
    status: 'rejected',
    reason: 'unknown_command',
  });
});

it('takes a response_url five times within half an hour', async () => {
  let now = Date.now();
  const space = await workspace({ clock: { now: () => now } });
  const urls: string[] = [];
  await boltApp(space, (app) => {
    app.command('/go', async ({ ack, command }) => {
      urls.push(command.response_url);
      await ack();
    });
  });
  const dana = space.client.as('dana');
  await dana.command(channel, '/go');
  await dana.command(channel, '/go');
  const respond = async (url = '', body: object = { text: 'a' }) => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    return `${response.status} ${await response.text()}`;
  };
  const [first, second] = urls;
  expect(await respond(first, { text: 'for all', response_type: 'in_channel' })).toBe('200 ok');
  await space.client.as('amir').waitForMessage(channel, 'for all');
  expect(await respond(first, { blocks: [section('')] })).toBe('400 invalid_blocks');
  for (const use of [3, 4, 5]) expect(await respond(first), `use ${use}`).toBe('200 ok');
  expect(await respond(first)).toBe('404 used_url');
  now += 30 * 60_000 + 1;
  expect(await respond(second)).toBe('404 expired_url');
});

it('replaces and deletes the message that was acted on, an ephemeral one too', async () => {
  const space = await workspace();
  await boltApp(space, (app) => {
    app.action('swap', async ({ ack, respond }) => {
      await ack();
      await respond({ replace_original: true, text: 'Approving…' });
    });
    app.action('gone', async ({ ack, respond }) => {
      await ack();
      await respond({ delete_original: true });
    });
  });
  const blocks = [
    {
      type: 'actions' as const,
      elements: ['swap', 'gone'].map((action_id) => ({
        type: 'button' as const,
        action_id,
        text: plain(action_id),
      })),
    },
  ];
  const client = webClient(space);
  const posted = await client.chat.postMessage({ channel, text: 'a', blocks });
  const only = await client.chat.postEphemeral({ channel, user: 'U00000DANA', text: 'a', blocks });
  const dana = space.client.as('dana');
  await dana.click({ channel, ts: posted.ts ?? '' }, 'swap');
  await dana.waitForMessage(channel, { text: 'Approving…', ephemeral: false });
  await dana.click({ channel, ts: only.message_ts ?? '' }, 'gone');
  await expect.poll(async () => (await dana.conversation(channel)).messages.length, patience).toBe(1);
});

it('asks the app for the options of an external select', async () => {
  const space = await workspace();
  await boltApp(space, (app) => {
    app.options('cluster', ({ ack, options }) =>
      ack({ options: [{ text: plain(`${options.value}-eu`), value: `${options.value}-eu` }] }),
    );
  });
  const { ts = '' } = await webClient(space).chat.postMessage({
    channel,
    text: 'a',
    blocks: [
      { type: 'actions', block_id: 'b', elements: [{ type: 'external_select', action_id: 'cluster' }] },
    ],
  });
  const where = { kind: 'message' as const, channel, ts };
  expect(await space.client.as('dana').suggestions(where, 'b', 'cluster', 'prod')).toEqual({
    options: [{ label: 'prod-eu', value: 'prod-eu' }],
  });
});
