import { expect, test } from 'vitest';
import { type Readiness, serveHealth } from '../../../src/adapters/http/health-server.ts';

async function get(readiness: Readiness, path: string, method = 'GET') {
  const server = await serveHealth('127.0.0.1', 0, () => readiness);
  try {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { status: response.status, body: await response.text() };
  } finally {
    await server.close();
  }
}

const connected = { slack: { ready: true, detail: 'connected' } };
const reconnecting = { slack: { ready: false, detail: 'reconnecting' } };

test('a process without Slack is alive and not ready, and says why', async () => {
  expect(await get(reconnecting, '/healthz')).toMatchObject({ status: 200 });
  const ready = await get(reconnecting, '/readyz');
  expect(ready.status).toBe(503);
  expect(ready.body).toContain('reconnecting');
});

test('it is ready when every part is', async () => {
  expect((await get(connected, '/readyz?verbose')).status).toBe(200);
});

test('nothing else is served, and nothing can be posted', async () => {
  expect((await get(connected, '/')).status).toBe(404);
  expect((await get(connected, '/healthz', 'POST')).status).toBe(405);
});

test('a port that is taken is an error, not a silence', async () => {
  const first = await serveHealth('127.0.0.1', 0, () => connected);
  await expect(serveHealth('127.0.0.1', first.port, () => connected)).rejects.toThrow(/EADDRINUSE/);
  await first.close();
});
