import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../src/adapters/prometheus/create-metrics.ts';
import { holds, type Metrics } from '../../../src/ports/metrics.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function prometheus(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: { token?: () => Promise<string>; path?: string } = {},
): Promise<Metrics> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const { port } = server.address() as AddressInfo;
  return createMetrics({
    url: `http://127.0.0.1:${port}${options.path ?? ''}`,
    timeoutSeconds: 0.3,
    ...(options.token ? { token: options.token } : {}),
  });
}

const says =
  (body: unknown, code = 200) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
const vector = (...values: string[]) => ({
  status: 'success',
  data: {
    resultType: 'vector',
    result: values.map((value, index) => ({ metric: { pod: `p-${index}` }, value: [1, value] })),
  },
});

describe('a query', () => {
  it('gives samples with their labels, and every number that Prometheus can write', async () => {
    const metrics = await prometheus(says(vector('1', 'NaN', '+Inf', '-Inf', '0.5')));
    const samples = await metrics.query('up');
    expect(samples[0]).toEqual({ labels: { pod: 'p-0' }, value: 1 });
    expect(samples.map(({ value }) => value)).toEqual([1, Number.NaN, Infinity, -Infinity, 0.5]);
  });

  it('takes a scalar as one sample', async () => {
    const metrics = await prometheus(
      says({ status: 'success', data: { resultType: 'scalar', result: [1, '3'] } }),
    );
    expect(await metrics.query('scalar(up)')).toEqual([{ labels: {}, value: 3 }]);
  });

  it('is asked below the path of the URL, with the token as it is then', async () => {
    const seen: { url: string | undefined; authorization: string | undefined }[] = [];
    let token = 'first';
    const metrics = await prometheus(
      (request, response) => {
        seen.push({ url: request.url, authorization: request.headers.authorization });
        says(vector())(request, response);
      },
      { path: '/prom/', token: async () => token },
    );
    await metrics.query('sum(up{a="b"}) + 1');
    token = 'second';
    await metrics.query('up');
    expect(seen).toEqual([
      { url: '/prom/api/v1/query?query=sum%28up%7Ba%3D%22b%22%7D%29+%2B+1', authorization: 'Bearer first' },
      { url: '/prom/api/v1/query?query=up', authorization: 'Bearer second' },
    ]);
  });
});

describe('what goes wrong', () => {
  it.each<[string, Parameters<typeof prometheus>[0], string, RegExp]>([
    ['no answer in time', () => undefined, 'metrics.unavailable', /no answer within 0\.3 s/],
    ['a server that is not well', says({}, 503), 'metrics.unavailable', /HTTP 503/],
    ['something else than Prometheus', says('hello'), 'metrics.unavailable', /HTTP 200/],
    [
      'a redirect, which would take the token elsewhere',
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'metrics.unavailable',
      /redirect/,
    ],
    [
      'an expression that does not parse',
      says({ status: 'error', errorType: 'bad_data', error: 'parse error' }, 400),
      'metrics.refused',
      /bad_data: parse error/,
    ],
    ['a token that is not taken', says('no', 401), 'metrics.refused', /HTTP 401/],
  ])('%s', async (_, answer, code, message) => {
    const metrics = await prometheus(answer);
    const failure = await metrics.query('up').catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'StepFailure', code });
    expect((failure as Error).message).toMatch(message);
  });

  it('nothing that listens is unavailable, with the reason', async () => {
    const metrics = createMetrics({ url: 'http://127.0.0.1:1', timeoutSeconds: 5 });
    await expect(metrics.query('up')).rejects.toMatchObject({
      code: 'metrics.unavailable',
      message: expect.stringMatching(/ECONNREFUSED|bad port/),
    });
  });
});

it.each([
  [[], false],
  [[1], true],
  [[1, 0], false],
  [[Number.NaN], false],
  [[0.1, -1, Infinity], true],
])('of values %j, that all is well is %s', (values, expected) => {
  expect(holds(values.map((value) => ({ labels: {}, value })))).toBe(expected);
});
