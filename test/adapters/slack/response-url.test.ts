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

test.each([
  'http://169.254.169.254/latest/meta-data',
  'https://evil.example/x',
  'file:///etc/passwd',
  'nonsense',
])('another host is never called: %s', async (url) => {
  expect(await createResponder({ log: silentLog })(url, message)).toBe(false);
});
