import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpApp, type HttpAppOptions } from '../../../src/adapters/slack/http-app.ts';
import { realClock } from '../../support/running.ts';
import { silentLog } from '../../support/silent-log.ts';
import { json, webApi } from './support.ts';

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A Slack that knows who the bot is, and the bot that listens to it. */
async function listening(options: Partial<HttpAppOptions> = {}) {
  const api = await webApi((call, response) => {
    const answer =
      call.method === 'bots.info'
        ? { ok: true, bot: { id: 'B1', app_id: 'A0HTTP' } }
        : { ok: true, bot_id: 'B1', user_id: 'U1', team_id: 'T1' };
    json(answer)(call, response);
  });
  const fatal: Error[] = [];
  const slack = createHttpApp({
    botToken: 'xoxb-test',
    signingSecret,
    apiUrl: api.apiUrl,
    requests: { address: '127.0.0.1', port: 0, path: '/slack/events' },
    clock: realClock,
    log: silentLog,
    onFatal: (error) => fatal.push(error),
    ...options,
  });
  const commands: string[] = [];
  slack.app.listeners.command('/k8s-upgrade', async ({ ack, body }) => {
    await ack();
    commands.push(body.text);
  });
  slack.app.listeners.view('form', ({ ack }) =>
    ack({ response_action: 'errors', errors: { block: 'Say why.' } }),
  );
  ends.push(() => slack.stop(500));
  return { slack, api, fatal, commands };
}

type Listening = Awaited<ReturnType<typeof listening>>;

interface Sending {
  readonly secret?: string;
  readonly ageSeconds?: number;
  readonly type?: string;
  readonly path?: string;
}

/** A request as Slack signs it: v0, the time, the body (Slack: "Verifying requests from Slack"). */
function send({ slack }: Listening, body: string, sending: Sending = {}): Promise<Response> {
  const at = Math.floor(Date.now() / 1_000) - (sending.ageSeconds ?? 0);
  const mac = createHmac('sha256', sending.secret ?? signingSecret)
    .update(`v0:${at}:${body}`)
    .digest('hex');
  return fetch(`http://127.0.0.1:${slack.port()}${sending.path ?? '/slack/events'}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': sending.type ?? 'application/x-www-form-urlencoded',
      'x-slack-signature': `v0=${mac}`,
      'x-slack-request-timestamp': String(at),
    },
  });
}

const command = new URLSearchParams({ command: '/k8s-upgrade', text: 'help', team_id: 'T1' }).toString();

test('says who it is once Slack has, and only then that it is connected', async () => {
  const { slack } = await listening();
  expect(slack.state()).toBe('idle');
  await slack.start();
  expect(slack.state()).toBe('connected');
  expect(slack.app.appId()).toBe('A0HTTP');
  await slack.stop(500);
  expect(slack.state()).toBe('stopped');
});

describe('a request', () => {
  test.each([
    ['a form', undefined],
    ['a form that says its charset', 'application/x-www-form-urlencoded; charset=utf-8'],
  ])('as %s is heard and acknowledged', async (_, type) => {
    const at = await listening();
    await at.slack.start();
    const answer = await send(at, command, type === undefined ? {} : { type });
    expect(answer.status).toBe(200);
    expect(at.commands).toEqual(['help']);
  });

  test('of a form gets the form’s errors with its acknowledgement', async () => {
    const at = await listening();
    await at.slack.start();
    const payload = { type: 'view_submission', team: { id: 'T1' }, view: { callback_id: 'form' }, user: {} };
    const answer = await send(at, new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
    expect(await answer.json()).toEqual({ response_action: 'errors', errors: { block: 'Say why.' } });
  });

  test('that asks whether this is the right address is answered', async () => {
    const at = await listening();
    await at.slack.start();
    const answer = await send(at, JSON.stringify({ type: 'url_verification', challenge: 'c1' }), {
      type: 'application/json',
    });
    expect(await answer.json()).toEqual({ challenge: 'c1' });
  });

  test.each([
    ['signed with another secret', { secret: 'another' }, 401],
    ['older than five minutes', { ageSeconds: 301 }, 401],
    ['for another path', { path: '/metrics' }, 404],
    ['for what is no path', { path: '//' }, 404],
  ])('%s is not heard', async (_, sending, status) => {
    const at = await listening();
    await at.slack.start();
    expect((await send(at, command, sending)).status).toBe(status);
    expect(at.commands).toEqual([]);
  });

  test('without a signature is not heard', async () => {
    const at = await listening();
    await at.slack.start();
    const answer = await fetch(`http://127.0.0.1:${at.slack.port()}/slack/events`, {
      method: 'POST',
      body: command,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.status).toBe(401);
    expect(at.commands).toEqual([]);
  });
});

test('a port that is taken ends it, and says so', async () => {
  const first = await listening();
  await first.slack.start();
  const requests = { address: '127.0.0.1', port: first.slack.port() ?? 0, path: '/slack/events' };
  const { slack, fatal } = await listening({ requests });
  await expect(slack.start()).rejects.toThrow('EADDRINUSE');
  expect(fatal).toHaveLength(1);
  expect(slack.state()).toBe('failed');
});

test('a token that Slack refuses ends it, and nothing is listened to', async () => {
  const api = await webApi(json({ ok: false, error: 'invalid_auth' }));
  const { slack, fatal } = await listening({ apiUrl: api.apiUrl });
  await expect(slack.start()).rejects.toThrow('invalid_auth');
  expect(fatal).toHaveLength(1);
  expect(slack.port()).toBeUndefined();
});
