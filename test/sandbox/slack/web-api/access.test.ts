import { expect, it } from 'vitest';

import { errorOf, failure, webClient, workspace } from '../support.ts';

const manifest = {
  display_information: { name: 'Upgrades' },
  features: {
    app_home: { home_tab_enabled: false },
    slash_commands: [
      {
        command: '/k8s-upgrade',
        description: 'Upgrade a cluster',
        usage_hint: 'plan | runs',
        should_escape: true,
      },
    ],
  },
  oauth_config: { scopes: { bot: ['commands', 'chat:write', 'channels:read'] } },
  settings: { socket_mode_enabled: true, interactivity: { is_enabled: true } },
};

it('knows its tokens', async () => {
  const space = await workspace();
  const call = (token: string) =>
    errorOf(webClient(space, token).chat.postMessage({ channel: '#general', text: 'a' }));
  expect(await call('')).toBe('not_authed');
  expect(await call('xoxb-forged')).toBe('invalid_auth');
  expect(await call(space.appToken)).toBe('not_allowed_token_type');
  expect(await errorOf(webClient(space).apps.connections.open({}))).toBe('not_allowed_token_type');
  expect(await webClient(space).auth.test()).toMatchObject({ ok: true, team: 'Acme', team_id: space.teamId });
});

it('names the scope that the manifest lacks, and what it grants', async () => {
  const space = await workspace({ appManifest: manifest });
  const client = webClient(space);
  expect(await failure(client.usergroups.users.list({ usergroup: 'SK8SAPPROVERS' }))).toMatchObject({
    error: 'missing_scope',
    needed: 'usergroups:read',
    provided: 'commands,chat:write,channels:read',
  });
  expect(await client.conversations.info({ channel: 'CPRODEUOPS' })).toMatchObject({ ok: true });
  const home = { type: 'home' as const, blocks: [] };
  expect(await errorOf(client.views.publish({ user_id: 'U00000DANA', view: home }))).toBe('not_enabled');
});

it('answers unknown_method to what it does not have', async () => {
  const space = await workspace();
  expect(await errorOf(webClient(space).search.messages({ query: 'prod-eu' }))).toBe('unknown_method');
  expect(await errorOf(webClient(space).apiCall('constructor'))).toBe('unknown_method');
});

it('holds the app to the channels it is in', async () => {
  const space = await workspace({
    channels: [
      { name: 'open' },
      { name: 'secret', private: true },
      { name: 'old', bot: true, archived: true },
    ],
  });
  const post = (channel: string) => errorOf(webClient(space).chat.postMessage({ channel, text: 'a' }));
  expect(await post('#open')).toBe('not_in_channel');
  expect(await post('#secret')).toBe('channel_not_found');
  expect(await post('#nowhere')).toBe('channel_not_found');
  expect(await post('#old')).toBe('is_archived');
});

it('shows guests, strangers and shared channels for what they are', async () => {
  const client = webClient(await workspace());
  const user = async (id: string) => (await client.users.info({ user: id })).user;
  expect(await user('U000000GIL')).toMatchObject({ is_restricted: true, is_ultra_restricted: false });
  expect(await user('U00000NOOR')).toMatchObject({ is_stranger: true, team_id: 'T00PARTNER' });
  expect(await user('U00000DANA')).toMatchObject({ is_restricted: false, is_bot: false, deleted: false });
  expect(await errorOf(client.users.info({ user: 'U1' }))).toBe('user_not_found');
  const shared = await client.conversations.list({ types: 'public_channel' });
  expect(shared.channels?.filter((channel) => channel.is_ext_shared).map((channel) => channel.name)).toEqual([
    'ext-hosting',
  ]);
});

it('lists in pages, and user groups with their members', async () => {
  const client = webClient(await workspace());
  const names: string[] = [];
  let cursor = '';
  do {
    const page = await client.users.list({ limit: 2, cursor });
    names.push(...(page.members ?? []).map((member) => member.name ?? ''));
    cursor = page.response_metadata?.next_cursor ?? '';
  } while (cursor !== '');
  expect(names).toEqual(['dana', 'amir', 'li', 'sam', 'gil', 'test_app', 'slackbot']);
  expect(await errorOf(client.users.list({ cursor: 'bm9uZQ==' }))).toBe('invalid_cursor');
  const { usergroups } = await client.usergroups.list({ include_users: true });
  const approvers = usergroups?.find((group) => group.handle === 'k8s-approvers');
  expect(approvers?.users).toEqual(['U00000AMIR', 'U0000000LI']);
  const { users } = await client.usergroups.users.list({ usergroup: approvers?.id ?? '' });
  expect(users).toEqual(approvers?.users);
  expect(await errorOf(client.usergroups.users.list({ usergroup: 'S1' }))).toBe('no_such_subteam');
});
