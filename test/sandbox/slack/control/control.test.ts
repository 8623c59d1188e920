import { expect, it } from 'vitest';

import { WaitTimeout } from '../../../../sandbox/slack/client.ts';
import type { Panel } from '../../../../sandbox/slack/index.ts';
import { section, webClient, workspace } from '../support.ts';

async function post(
  url: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<[number, unknown]> {
  const response = await fetch(url, { method: 'POST', body, headers });
  return [response.status, await response.json()];
}

it('answers bad requests with what is wrong', async () => {
  const { url } = await workspace();
  expect(await post(`${url}/control/nothing`, '{}')).toMatchObject([
    404,
    { error: { code: 'no_such_route' } },
  ]);
  expect(await post(`${url}/control/__proto__`, '{}')).toMatchObject([
    404,
    { error: { code: 'no_such_route' } },
  ]);
  expect(await post(`${url}/control/command`, '{')).toMatchObject([400, { error: { code: 'bad_json' } }]);
  expect(await post(`${url}/control/command`, '{"as":"dana"}')).toMatchObject([
    400,
    { error: { code: 'bad_request', message: expect.stringContaining('channel') as string } },
  ]);
});

it('is closed to other pages in the same browser', async () => {
  const { url } = await workspace();
  const foreign = { origin: 'https://example.com' };
  expect(await post(`${url}/control/faults`, '{}', foreign)).toMatchObject([
    403,
    { error: { code: 'foreign_origin' } },
  ]);
  expect(await post(`${url}/control/faults`, '{}', { origin: url })).toMatchObject([200, {}]);
});

it('waits for what is not there yet, and says what was there when it does not come', async () => {
  const space = await workspace();
  const dana = space.client.as('dana');
  const client = webClient(space);
  const soon = dana.waitForMessage('#prod-eu-ops', /node w-\d+ drained/);
  await client.chat.postMessage({ channel: '#prod-eu-ops', text: 'node w-04 drained' });
  expect((await soon).plain).toBe('node w-04 drained');
  const never = dana.waitForMessage('#prod-eu-ops', 'finished', 50);
  await expect(never).rejects.toThrow(WaitTimeout);
  await expect(never).rejects.toThrow('node w-04 drained');
});

it('renders a channel with its threads as a person reads it, in the reader’s zone', async () => {
  let now = Date.UTC(2026, 10, 23, 9, 31, 7);
  const space = await workspace({ clock: { now: () => now } });
  const client = webClient(space);
  const channel = '#prod-eu-ops';
  const { ts = '' } = await client.chat.postMessage({
    channel,
    text: 'x',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: ':hourglass_flowing_sand: prod-eu' } },
      section('Asked for by <@U00000DANA>, expires <!date^1795424400^{time}|later> · *3* nodes &amp; `w-01`'),
      {
        type: 'actions',
        elements: [{ type: 'button', action_id: 'a', text: { type: 'plain_text', text: 'Approve' } }],
      },
    ],
  });
  now += 1_000;
  await client.chat.postMessage({ channel, text: 'cp-2 drained', thread_ts: ts, reply_broadcast: true });
  await client.chat.postEphemeral({ channel, user: 'U0000000LI', text: 'Only for li' });
  expect(await space.client.renderConversation(channel, 'li')).toBe(
    [
      '#prod-eu-ops',
      '',
      '17:31:07  test_app',
      '  ⏳ prod-eu',
      '  Asked for by @dana, expires 17:00 · 3 nodes & `w-01`',
      '  [Approve]',
      '  │ 17:31:08  test_app  (also sent to the channel)',
      '  │   cp-2 drained',
      '',
      '17:31:08  test_app  (only visible to you)',
      '  Only for li',
      '',
    ].join('\n'),
  );
  expect(await space.client.renderConversation(channel, 'dana')).not.toContain('Only for li');
});

it('shows panels it knows nothing about, and acts on them', async () => {
  const acted: unknown[] = [];
  const panel: Panel = {
    title: 'Cluster',
    read: () =>
      Promise.resolve({
        sections: [
          { kind: 'switches', items: [{ name: 'slow-pull', label: 'Images pull slowly', on: true }] },
        ],
      }),
    act: (name, params) => {
      acted.push([name, params]);
      return Promise.resolve('pulls are quick again');
    },
  };
  const space = await workspace();
  space.setPanels([panel]);
  const { panels } = await space.client.ask<{ panels: { title: string }[] }>('panels', {});
  expect(panels.map((shown) => shown.title)).toEqual(['Cluster', 'Slack']);
  const body = { panel: 'Cluster', name: 'slow-pull', params: { on: false } };
  expect(await space.client.ask('panel-act', body)).toEqual({ said: 'pulls are quick again' });
  expect(acted).toEqual([['slow-pull', { on: false }]]);
  await space.client.ask('panel-act', { panel: 'Slack', name: 'down', params: { on: true } });
  expect((await space.client.faults()).switches.down).toBe(true);
});

it('changes who is in a channel and in a user group', async () => {
  const space = await workspace();
  const client = webClient(space);
  await space.client.setMember('#general', 'test_app', true);
  await client.chat.postMessage({ channel: '#general', text: 'hello' });
  await space.client.setGroup('@k8s-approvers', ['li', 'sam']);
  const { users } = await client.usergroups.users.list({ usergroup: 'SK8SAPPROVERS' });
  expect(users).toEqual(['U0000000LI', 'U000000SAM']);
});
