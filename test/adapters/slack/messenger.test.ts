import { describe, expect, test } from 'vitest';
import { createMessenger } from '../../../src/adapters/slack/messenger.ts';
import { createSlackClients } from '../../../src/adapters/slack/web-clients.ts';
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
