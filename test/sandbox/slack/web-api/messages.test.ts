import { expect, it } from 'vitest';

import { errorOf, failure, section, webClient, workspace } from '../support.ts';

const channel = 'CPRODEUOPS';

it('refuses what Slack refuses, by its names', async () => {
  const client = webClient(await workspace());
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'a' });
  const long = Array.from({ length: 5 }, () => section('x'.repeat(2900)));
  expect(await errorOf(client.apiCall('chat.postMessage', { channel }))).toBe('no_text');
  expect(await errorOf(client.chat.postMessage({ channel, text: 'x'.repeat(40_001) }))).toBe('msg_too_long');
  expect(await errorOf(client.chat.update({ channel, ts, text: 'x'.repeat(4_001) }))).toBe('msg_too_long');
  expect(await errorOf(client.chat.postMessage({ channel, text: 'a', blocks: long }))).toBe(
    'msg_blocks_too_long',
  );
  expect(await errorOf(client.apiCall('chat.postMessage', { channel, text: 'a', blocks: '[{' }))).toBe(
    'invalid_blocks_format',
  );
  expect(await failure(client.chat.postMessage({ channel, text: 'a', blocks: [section('')] }))).toMatchObject(
    {
      error: 'invalid_blocks',
      errors: ['must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
      response_metadata: {
        messages: ['[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]'],
      },
    },
  );
  expect(await errorOf(client.chat.postMessage({ channel, text: 'a', thread_ts: '1700000000.000001' }))).toBe(
    'thread_not_found',
  );
});

it('takes JSON bodies as well as forms', async () => {
  const space = await workspace();
  const response = await fetch(`${space.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${space.botToken}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ channel, text: 'a & b', blocks: [section('*hello*')] }),
  });
  expect(await response.json()).toMatchObject({ ok: true, channel, message: { text: 'a & b' } });
});

it('updates in place; text without blocks takes the blocks away', async () => {
  const space = await workspace();
  const client = webClient(space);
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'a', blocks: [section('one')] });
  await client.chat.update({ channel, ts, text: 'b', blocks: [section('two')] });
  expect(await space.client.as('amir').waitForMessage(channel, 'two')).toMatchObject({ ts, edited: true });
  await client.chat.update({ channel, ts, text: 'only text' });
  expect(await space.client.as('amir').waitForMessage(channel, 'only text')).toMatchObject({
    ts,
    plain: 'only text',
  });
});

it("does not update or delete other people's messages, nor what is not there", async () => {
  const space = await workspace();
  const client = webClient(space);
  const { ts } = await space.client.as('dana').say('#prod-eu-ops', 'mine');
  expect(await errorOf(client.chat.update({ channel, ts, text: 'b' }))).toBe('cant_update_message');
  expect(await errorOf(client.chat.delete({ channel, ts }))).toBe('cant_delete_message');
  expect(await errorOf(client.chat.update({ channel, ts: '1700000000.000001', text: 'b' }))).toBe(
    'message_not_found',
  );
});

it('keeps threads, broadcasts, counts and metadata', async () => {
  const space = await workspace();
  const client = webClient(space);
  const metadata = { event_type: 'run', event_payload: { id: '7f3a' } };
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'run', metadata });
  const reply = await client.chat.postMessage({ channel, text: 'drained', thread_ts: ts });
  await client.chat.postMessage({ channel, text: 'deeper', thread_ts: reply.ts ?? '' });
  await client.chat.postMessage({ channel, text: 'stopped', thread_ts: ts, reply_broadcast: true });
  const { messages } = await space.client.as('li').conversation(channel);
  expect(messages.map((message) => [message.plain, message.broadcast])).toEqual([
    ['run', false],
    ['stopped', true],
  ]);
  expect(messages[0]).toMatchObject({ replyCount: 3, metadata });
  expect(messages[0]?.replies.map((message) => message.plain)).toEqual(['drained', 'deeper', 'stopped']);
  const { permalink = '' } = await client.chat.getPermalink({ channel, message_ts: reply.ts ?? '' });
  expect(permalink).toContain(`?thread_ts=${ts}&cid=${channel}`);
});

it('shows an ephemeral message to one user only, and only until that client is reloaded', async () => {
  const space = await workspace();
  const client = webClient(space);
  const { message_ts: ts = '' } = await client.chat.postEphemeral({
    channel,
    user: 'U000000SAM',
    text: 'not you',
  });
  const sam = space.client.as('sam');
  expect(await sam.waitForMessage(channel, 'not you')).toMatchObject({ ephemeral: true });
  expect((await space.client.as('dana').conversation(channel)).messages).toEqual([]);
  expect(await errorOf(client.chat.update({ channel, ts, text: 'changed' }))).toBe('message_not_found');
  expect(await errorOf(client.chat.postEphemeral({ channel, user: 'U00000NOOR', text: 'a' }))).toBe(
    'user_not_in_channel',
  );
  await sam.reload();
  expect((await sam.conversation(channel)).messages).toEqual([]);
});

it('shares a Markdown report in a thread by the three calls of files.uploadV2', async () => {
  const space = await workspace();
  const client = webClient(space);
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'run' });
  await client.filesUploadV2({
    channel_id: channel,
    thread_ts: ts,
    filename: 'report.md',
    title: 'Report',
    content: '# prod-eu\n\nAll nodes on v1.34.9',
    initial_comment: 'The report',
  });
  const { messages } = await space.client.as('dana').conversation(channel);
  const file = messages[0]?.replies[0]?.files[0];
  expect(file).toMatchObject({ name: 'report.md', title: 'Report', mimetype: 'text/markdown' });
  expect(await (await fetch(`${space.url}${file?.path}`)).text()).toContain('All nodes on v1.34.9');
  expect(await errorOf(client.files.completeUploadExternal({ files: [{ id: 'F1', title: 'a' }] }))).toBe(
    'file_not_found',
  );
});

it('marks messages once', async () => {
  const client = webClient(await workspace());
  const { ts: timestamp = '' } = await client.chat.postMessage({ channel, text: 'run' });
  await client.reactions.add({ channel, timestamp, name: 'eyes' });
  await client.pins.add({ channel, timestamp });
  expect(await errorOf(client.reactions.add({ channel, timestamp, name: 'eyes' }))).toBe('already_reacted');
  expect(await errorOf(client.pins.add({ channel, timestamp }))).toBe('already_pinned');
});

it('answers 429 with Retry-After when a channel gets more than about one message a second', async () => {
  const space = await workspace({ rateLimits: 'slack' });
  const answers = await Promise.all(
    Array.from({ length: 6 }, () =>
      fetch(`${space.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { authorization: `Bearer ${space.botToken}` },
        body: new URLSearchParams({ channel, text: 'a' }),
      }),
    ),
  );
  const refused = answers.filter((answer) => answer.status === 429);
  expect(refused).toHaveLength(1);
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await refused[0]?.json()).toEqual({ ok: false, error: 'ratelimited' });
});

it('lets a member with the scope read back what was said, with the metadata only where it is asked for', async () => {
  const space = await workspace();
  const client = webClient(space);
  const mark = (of: string) => ({ metadata: { event_type: 'post', event_payload: { of } } });
  const { ts = '' } = await client.chat.postMessage({ channel, text: 'first', ...mark('1') });
  await client.chat.postMessage({ channel, text: 'in a thread', thread_ts: ts, ...mark('2') });
  const { ts: last = '' } = await client.chat.postMessage({ channel, text: 'last' });
  const said = (answer: { messages?: { text?: string }[] }) => answer.messages?.map(({ text }) => text);
  const all = await client.conversations.history({ channel, include_all_metadata: true });
  expect(said(all)).toEqual(['last', 'first']);
  expect(all.messages?.[1]).toMatchObject(mark('1'));
  expect((await client.conversations.history({ channel })).messages?.[1]).not.toHaveProperty('metadata');
  expect(said(await client.conversations.history({ channel, oldest: ts, latest: last }))).toEqual([]);
  const first = await client.conversations.history({ channel, limit: 1 });
  expect(first).toMatchObject({ has_more: true, messages: [{ text: 'last' }] });
  const cursor = first.response_metadata?.next_cursor ?? '';
  expect(said(await client.conversations.history({ channel, limit: 1, cursor }))).toEqual(['first']);
  const thread = await client.conversations.replies({ channel, ts, include_all_metadata: true });
  expect(said(thread)).toEqual(['first', 'in a thread']);
  expect(thread.messages?.[1]).toMatchObject(mark('2'));
});

it('shows no history to an app without the scope for that kind of channel, nor of one that it is not in', async () => {
  const space = await workspace({
    appManifest: {
      display_information: { name: 'Upgrades' },
      oauth_config: { scopes: { bot: ['chat:write', 'channels:history'] } },
    },
    channels: [{ name: 'open' }, { name: 'in', private: true, bot: true }],
  });
  const { channels } = await space.client.as('dana').workspace();
  const history = (name: string) =>
    errorOf(
      webClient(space).conversations.history({
        channel: channels.find((channel) => channel.name === name)?.id ?? '',
      }),
    );
  expect(await history('open')).toBe('not_in_channel');
  expect(await history('in')).toBe('missing_scope');
});
