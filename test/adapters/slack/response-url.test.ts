import { expect, test } from 'vitest';
import { createResponder } from '../../../src/adapters/slack/response-url.ts';
import { silentLog } from '../../support/silent-log.ts';
import { json, webApi } from './support.ts';

const message = { text: 'hello', blocks: [] };

test('an answer goes to the configured workspace, for one person’s eyes', async () => {
  const api = await webApi(json({ ok: true }));
  const respond = createResponder({ log: silentLog, apiUrl: api.apiUrl });
  expect(await respond(`${api.apiUrl}respond/1`, message)).toBe(true);
  expect(JSON.parse(api.calls[0]!.body)).toMatchObject({ response_type: 'ephemeral', text: 'hello' });
});

test('a workspace that is not Slack’s own may answer at another port, and a loopback has several names', async () => {
  const api = await webApi(json({ ok: true }));
  const { port } = new URL(api.apiUrl);
  const respond = createResponder({ log: silentLog, apiUrl: 'http://localhost:1/api/' });
  expect(await respond(`http://127.0.0.1:${port}/respond/1`, message)).toBe(true);
});

test.each(['http://169.254.169.254/latest/meta-data', 'https://evil.example/x', 'ftp://slack.internal/x'])(
  'beside it, another host is not called either: %s',
  async (url) => {
    const apiUrl = 'https://slack.internal/api/';
    expect(await createResponder({ log: silentLog, apiUrl })(url, message)).toBe(false);
  },
);

test.each([
  'http://169.254.169.254/latest/meta-data',
  'https://evil.example/x',
  'file:///etc/passwd',
  'nonsense',
])('another host is never called: %s', async (url) => {
  expect(await createResponder({ log: silentLog })(url, message)).toBe(false);
});
