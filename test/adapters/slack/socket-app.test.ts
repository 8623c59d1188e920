import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { startWorkspace, type Workspace } from '../../../sandbox/slack/index.ts';
import type { SlackConnection } from '../../../src/adapters/slack/connection.ts';
import { createSocketApp } from '../../../src/adapters/slack/socket-app.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { realClock } from '../../support/running.ts';
import { silentLog } from '../../support/silent-log.ts';
import { json, webApi } from './support.ts';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function workspace(): Promise<Workspace> {
  const space = await startWorkspace();
  ends.push(() => space.stop());
  return space;
}

function app(options: { apiUrl: string; botToken: string; appToken: string; clock?: Clock }) {
  const fatal: Error[] = [];
  const socket: SlackConnection = createSocketApp({
    clock: realClock,
    ...options,
    log: silentLog,
    onFatal: (error) => fatal.push(error),
  });
  ends.push(() => socket.stop(500));
  return { socket, fatal };
}

test('connects, knows which app it is, and stops', async () => {
  const space = await workspace();
  const { socket } = app(space);
  expect(socket.state()).toBe('idle');
  await socket.start();
  expect(socket.state()).toBe('connected');
  expect(socket.app.appId()).toBe(space.appId);
  await socket.stop(2_000);
  expect(socket.state()).toBe('stopped');
});

/** A Slack of which a test says every word on the socket itself. */
async function rawSlack() {
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(sockets, 'listening');
  ends.push(
    () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        sockets.close(resolve);
      }),
  );
  const { port } = sockets.address() as AddressInfo;
  const api = await webApi(
    json({
      ok: true,
      url: `ws://127.0.0.1:${port}`,
      bot_id: 'B1',
      bot: { id: 'B1', app_id: 'A0BOT' },
      user_id: 'U1',
      team_id: 'T1',
    }),
  );
  return { sockets, api };
}

test.each([
  ['that is no envelope', 'null'],
  ['of an event without its body', '{"envelope_id":"1","type":"events_api","payload":{}}'],
  ['that is no JSON', 'hello?'],
])('a frame %s does no harm', async (_, frame) => {
  const { sockets, api } = await rawSlack();
  const { socket } = app({ apiUrl: api.apiUrl, botToken: 'xoxb-test', appToken: 'xapp-of-nobody' });
  const seen: string[] = [];
  socket.app.listeners.event('app_home_opened', async () => void seen.push('home'));
  sockets.on('connection', (client) =>
    client.send('{"type":"hello","connection_info":{"app_id":"A0HELLO"}}'),
  );
  await socket.start();
  expect(socket.app.appId(), 'whom the connection is for, as Slack says').toBe('A0HELLO');
  const home = {
    envelope_id: '2',
    type: 'events_api',
    payload: {
      team_id: 'T1',
      type: 'event_callback',
      event: { type: 'app_home_opened', user: 'U2', tab: 'home' },
    },
  };
  for (const client of sockets.clients) {
    client.send(frame);
    client.send(JSON.stringify(home));
  }
  await eventually(() => seen.length > 0, 'the next frame');
});

test('a Slack that names the app neither in its hello nor in the token is asked for it', async () => {
  const { sockets, api } = await rawSlack();
  const { socket } = app({ apiUrl: api.apiUrl, botToken: 'xoxb-test', appToken: 'xapp-of-nobody' });
  sockets.on('connection', (client) => client.send('{"type":"hello"}'));
  await socket.start();
  expect(socket.app.appId()).toBe('A0BOT');
});

test('a socket on which Slack never says hello is given up for another one', async () => {
  const { sockets, api } = await rawSlack();
  const clock = new ManualClock();
  const { socket } = app({ apiUrl: api.apiUrl, botToken: 'xoxb-test', appToken: 'xapp-of-nobody', clock });
  let opened = 0;
  sockets.on('connection', (client) => {
    opened += 1;
    if (opened > 1) client.send('{"type":"hello","connection_info":{"app_id":"A0HELLO"}}');
  });
  const started = socket.start();
  await eventually(() => opened === 1, 'the first socket');
  await clock.advance(29_000);
  expect(socket.state()).toBe('connecting');
  await clock.advance(2_000);
  await started;
  expect(socket.state()).toBe('connected');
  expect(opened).toBe(2);
});

describe('tokens that Slack refuses', () => {
  test.each([
    ['the bot token', { botToken: 'xoxb-wrong' }],
    ['the app token', { appToken: 'xapp-1-A0WRONG-1-0' }],
  ])('%s: start says so at once, and so does the callback', async (_, wrong) => {
    const space = await workspace();
    const { socket, fatal } = app({
      apiUrl: space.apiUrl,
      botToken: space.botToken,
      appToken: space.appToken,
      ...wrong,
    });
    await expect(socket.start()).rejects.toThrow('invalid_auth');
    expect(fatal).toHaveLength(1);
    expect(socket.state()).toBe('failed');
  });

  test('later, when the socket has to be opened anew: the callback, and no unhandled rejection', async () => {
    const space = await workspace();
    const { socket, fatal } = app(space);
    await socket.start();
    await space.client.fault({
      kind: 'next-call',
      fault: { method: 'apps.connections.open', times: 10, how: { kind: 'error', error: 'invalid_auth' } },
    });
    await space.client.fault({ kind: 'drop-sockets' });
    await eventually(() => fatal.length > 0, 'the callback', 15_000);
    expect(socket.state()).toBe('failed');
  });
});

test('a Slack that is away at the start is waited for', async () => {
  const space = await workspace();
  await space.client.fault({ kind: 'switch', switches: { down: true } });
  const { socket, fatal } = app(space);
  const started = socket.start();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(socket.state()).not.toBe('connected');
  await space.client.fault({ kind: 'switch', switches: { down: false } });
  await started;
  expect(socket.state()).toBe('connected');
  expect(fatal).toEqual([]);
});

test('stopping while Slack never answers ends after its cap', async () => {
  const api = await webApi(json({}, 503));
  const { socket } = app({ apiUrl: api.apiUrl, botToken: 'xoxb-test', appToken: 'xapp-1-A0TEST-1-0' });
  socket.start().catch(() => undefined);
  const began = performance.now();
  await socket.stop(300);
  expect(performance.now() - began).toBeLessThan(2_000);
});
