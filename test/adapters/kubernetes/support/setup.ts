import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { createKubernetes } from '../../../../src/adapters/kubernetes/create-kubernetes.ts';
import type { ClusterConfig } from '../../../../src/config.ts';
import type { Clock } from '../../../../src/ports/clock.ts';
import type { LogFields } from '../../../../src/ports/log.ts';
import { type Handler, startApiServer, type TestApiServer } from './api-server.ts';
import { type Authority, createAuthority } from './certificates.ts';

/** A clock that stands still but for its sleepers, who make it jump: waits cost nothing. */
export function createTestClock(start = Date.parse('2026-11-23T10:00:00.000Z')) {
  let now = start;
  const slept: number[] = [];
  const clock: Clock & { advance(ms: number): void; readonly slept: number[] } = {
    slept,
    now: () => now,
    elapsed: () => now - start,
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
    advance(ms) {
      now += ms;
    },
  };
  return clock;
}

export function createTestLog() {
  const lines: { level: string; fields: LogFields; message: string }[] = [];
  const at = (level: string) => (fields: LogFields, message: string) =>
    void lines.push({ level, fields, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const authority = createAuthority('test-ca');
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

export const testAuthority = (): Promise<Authority> => authority;

/** API servers, one for each handler, trusted by each other's clients; stopped after the test. */
export async function apiServers(...handlers: Handler[]): Promise<TestApiServer[]> {
  const servers = await Promise.all(
    handlers.map(async (handler) => startApiServer(await authority, handler)),
  );
  cleanups.push(...servers.map((server) => () => server.stop()));
  return servers;
}

/** Like apiServers, for one with a certificate that is wrong in some way. */
export async function oddApiServer(
  handler: Handler,
  certificate: Parameters<Authority['issue']>[0],
): Promise<TestApiServer> {
  const server = await startApiServer(await authority, handler, certificate);
  cleanups.push(() => server.stop());
  return server;
}

/** A kubeconfig file in a directory of its own. */
export async function kubeconfigFile(options: {
  server: string;
  ca?: string;
  user?: object;
  text?: string;
}): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'kubeconfig-'));
  cleanups.push(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'config');
  const ca = options.ca ?? (await authority).certificate;
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: options.server,
          'certificate-authority-data': Buffer.from(ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'bot', user: options.user ?? { token: 'first-token' } }],
    contexts: [{ name: 'bot@test', context: { cluster: 'test', user: 'bot' } }],
    'current-context': 'bot@test',
  };
  await writeFile(file, options.text ?? JSON.stringify(content));
  return file;
}

/** The adapter against some servers; the first is the kubeconfig's own. Closed after the test. */
export async function kubernetesAt(
  servers: readonly { url: string }[],
  options: { timeoutSeconds?: number; kubeconfig?: string; ca?: string } = {},
) {
  const clock = createTestClock();
  const log = createTestLog();
  const [first, ...others] = servers.map(({ url }) => url);
  const server = first ?? 'https://127.0.0.1:1';
  const config: ClusterConfig['kubernetes'] = {
    kubeconfig:
      options.kubeconfig ?? (await kubeconfigFile({ server, ...(options.ca ? { ca: options.ca } : {}) })),
    endpoints: others,
    timeoutSeconds: options.timeoutSeconds ?? 5,
  };
  const kubernetes = createKubernetes({ config, clock, log });
  cleanups.push(async () => kubernetes.close());
  return { kubernetes, clock, log, config };
}
