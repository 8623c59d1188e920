import { describe, expect, test } from 'vitest';
import { createMessenger } from '../../../src/adapters/slack/messenger.ts';
import { createSlackClients } from '../../../src/adapters/slack/web-clients.ts';
import { instant } from '../../../src/domain/names.ts';
import type { Message } from '../../../src/ports/messenger.ts';
import { silentLog } from '../../support/silent-log.ts';
import { opsChannel, people } from '../../support/story.ts';
import { json, webApi } from './support.ts';

const message: Message = {
  text: 'prod-eu is on v1.34.9.',
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'hello' } }],
};

function messengerAt(apiUrl: string, timeoutMs = 5_000) {
  const clients = createSlackClients({ botToken: 'xoxb-test', apiUrl, log: silentLog, timeoutMs });
  return createMessenger({ clients, log: silentLog });
}

describe('a post', () => {
  test('carries text and blocks, and asks for no previews of links', async () => {
    const api = await webApi(json({ ok: true, ts: '1.2' }));
    const outcome = await messengerAt(api.apiUrl).post(opsChannel, message, { ts: '1.0', broadcast: true });
    expect(outcome).toEqual({ status: 'posted', ts: '1.2' });
    const { method, params } = api.calls[0]!;
    expect(method).toBe('chat.postMessage');
    expect(Object.fromEntries(params)).toMatchObject({
      text: message.text,
      thread_ts: '1.0',
      reply_broadcast: 'true',
      unfurl_links: 'false',
      unfurl_media: 'false',
    });
    expect(JSON.parse(params.get('blocks') ?? '')).toEqual(message.blocks);
  });

  test.each([
    [
      'a 429',
      json({ ok: false }, 429, { 'retry-after': '7' }),
      { status: 'rate-limited', retryAfterMs: 7_000 },
    ],
    [
      'ratelimited in a 200',
      json({ ok: false, error: 'ratelimited' }),
      { status: 'rate-limited', retryAfterMs: 10_000 },
    ],
    [
      'a refusal',
      json({ ok: false, error: 'invalid_blocks' }),
      { status: 'refused', error: 'invalid_blocks' },
    ],
    ['a 503', json({}, 503), { status: 'unavailable', sent: 'unknown', reason: 'HTTP 503' }],
    [
      'an error of Slack’s own',
      json({ ok: false, error: 'internal_error' }),
      { status: 'unavailable', sent: 'unknown', reason: 'internal_error' },
    ],
    [
      'a proxy’s page',
      json('<html>Sign in to the network</html>'),
      { status: 'unavailable', sent: 'unknown' },
    ],
  ])('%s is told apart, and nothing is tried twice', async (_, answer, outcome) => {
    const api = await webApi(answer);
    expect(await messengerAt(api.apiUrl).post(opsChannel, message)).toMatchObject(outcome);
    expect(api.calls).toHaveLength(1);
  });

  test('that never reached Slack is known not to be there', async () => {
    const api = await webApi(json({ ok: true }));
    await api.close();
    expect(await messengerAt(api.apiUrl).post(opsChannel, message)).toEqual({
      status: 'unavailable',
      sent: 'no',
      reason: 'ECONNREFUSED',
    });
  });

  test('without an answer ends after its timeout, and nobody knows whether it is there', async () => {
    const api = await webApi(() => undefined);
    const outcome = await messengerAt(api.apiUrl, 100).post(opsChannel, message);
    expect(outcome).toMatchObject({ status: 'unavailable', sent: 'unknown' });
  });

  test('whose answer breaks off in the middle ends after its timeout as well', async () => {
    const api = await webApi((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"ok":');
    });
    const outcome = await messengerAt(api.apiUrl, 100).post(opsChannel, message);
    expect(outcome).toMatchObject({ status: 'unavailable', sent: 'unknown' });
  });
});

describe('a post with a mark', () => {
  const around = instant(Date.parse('2026-11-23T09:00:00Z'));
  const marked = (mark: string, ts: string) => ({
    ts,
    metadata: { event_type: 'k8s_upgrade_bot_post', event_payload: { mark } },
  });

  test('carries it where nobody sees it', async () => {
    const api = await webApi(json({ ok: true, ts: '1.2' }));
    await messengerAt(api.apiUrl).post(opsChannel, message, undefined, 'k7f3ab@t');
    const { ts: _, ...sent } = marked('k7f3ab@t', '');
    expect({ metadata: JSON.parse(api.calls[0]?.params.get('metadata') ?? '') }).toEqual(sent);
  });

  test('is found page by page, among what was said around that time, with metadata asked for', async () => {
    const api = await webApi((call, response) =>
      json(
        call.params.has('cursor')
          ? { ok: true, messages: [{ ts: '3.1' }, marked('k7f3ab@t', '3.2')] }
          : { ok: true, messages: [marked('k7f3ab@u', '3.3')], response_metadata: { next_cursor: 'c' } },
      )(call, response),
    );
    const found = await messengerAt(api.apiUrl).find(opsChannel, 'k7f3ab@t', around);
    expect(found).toEqual({ status: 'found', ts: '3.2' });
    expect(api.calls.map(({ method }) => method)).toEqual(['conversations.history', 'conversations.history']);
    const { oldest, latest, include_all_metadata: metadata } = Object.fromEntries(api.calls[0]!.params);
    expect([Number(oldest), Number(latest), metadata]).toEqual([
      Date.parse(around) / 1_000 - 3_600,
      Date.parse(around) / 1_000 + 3_600,
      'true',
    ]);
  });

  test('is looked for in its thread, and absent where the thread does not have it', async () => {
    const api = await webApi(json({ ok: true, messages: [{ ts: '1.0' }] }));
    expect(await messengerAt(api.apiUrl).find(opsChannel, 'k7f3ab@t', around, '1.0')).toEqual({
      status: 'absent',
    });
    expect(api.calls[0]).toMatchObject({ method: 'conversations.replies' });
    expect(api.calls[0]?.params.get('ts')).toBe('1.0');
  });

  test('is not looked for without end in a channel where very much is said', async () => {
    const api = await webApi(json({ ok: true, messages: [], response_metadata: { next_cursor: 'more' } }));
    expect(await messengerAt(api.apiUrl).find(opsChannel, 'k7f3ab@t', around)).toMatchObject({
      status: 'refused',
    });
    expect(api.calls).toHaveLength(5);
  });

  test('an app without the scope is told so', async () => {
    const api = await webApi(json({ ok: false, error: 'missing_scope' }));
    expect(await messengerAt(api.apiUrl).find(opsChannel, 'k7f3ab@t', around)).toEqual({
      status: 'refused',
      error: 'missing_scope',
    });
  });
});

test('an edit sends blocks with the text, because text alone would remove them', async () => {
  const api = await webApi(json({ ok: true, ts: '1.2' }));
  expect(await messengerAt(api.apiUrl).update(opsChannel, '1.2', message)).toMatchObject({
    status: 'posted',
  });
  expect(api.calls[0]?.params.has('blocks')).toBe(true);
});

test('an edit that is held up by a 429 does not hold up what a person waits for', async () => {
  const api = await webApi((call, response) =>
    call.method === 'chat.update'
      ? json({ ok: false }, 429, { 'retry-after': '60' })(call, response)
      : json({ ok: true, message_ts: '1.3' })(call, response),
  );
  const messenger = messengerAt(api.apiUrl);
  await messenger.update(opsChannel, '1.2', message);
  const began = performance.now();
  expect(await messenger.postEphemeral(opsChannel, people.dana, message)).toMatchObject({ status: 'posted' });
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('views answer with their id or with Slack’s name of the error', async () => {
  const opened = await webApi(json({ ok: true, view: { id: 'V1' } }));
  const view = { type: 'home' as const, blocks: [] };
  expect(await messengerAt(opened.apiUrl).openView('t', view)).toEqual({ viewId: 'V1' });
  expect(await messengerAt(opened.apiUrl).publishHome(people.dana, view)).toEqual({});
  const late = await webApi(json({ ok: false, error: 'expired_trigger_id' }));
  expect(await messengerAt(late.apiUrl).openView('t', view)).toEqual({ error: 'expired_trigger_id' });
  expect(await messengerAt(late.apiUrl).updateView('V1', view)).toEqual({ error: 'expired_trigger_id' });
});

test('a permalink that is not to be had is none', async () => {
  const api = await webApi(json({ ok: false, error: 'message_not_found' }));
  expect(await messengerAt(api.apiUrl).permalink(opsChannel, '1.2')).toBeUndefined();
});
