import { expect, test } from 'vitest';
import { good, problemsOf, read } from './support.ts';

const appToken = '  appToken: { env: SLACK_APP_TOKEN }\n';
const signed = good.replace(appToken, '  signingSecret: { env: SIGNING_SECRET }\n');
const env = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', SIGNING_SECRET: '8f742231b10e8888' };

test('a signing secret takes the place of an app-level token', async () => {
  const outcome = await read(signed, env);
  expect(outcome.status === 'ok' && outcome.config.slack).toMatchObject({
    signingSecret: { env: 'SIGNING_SECRET' },
    requests: { address: '127.0.0.1', port: 3000, path: '/slack/events' },
  });
});

test.each([
  ['neither', good.replace(appToken, '')],
  ['both', good.replace(appToken, `${appToken}  signingSecret: { env: SIGNING_SECRET }\n`)],
])('%s of them is a problem that names both', async (_, text) => {
  const [problem, ...others] = await problemsOf(text, env);
  expect(others).toEqual([]);
  expect(problem?.message).toContain('either appToken (Socket Mode) or signingSecret');
});

test('a signing secret that is not set is found when the file is read', async () => {
  const [problem] = await problemsOf(signed, { SLACK_BOT_TOKEN: 'xoxb-1' });
  expect(problem?.message).toContain('SIGNING_SECRET, which is not set');
});
