import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createAuthority } from '../../test/adapters/kubernetes/support/certificates.ts';
import { busyMetrics } from './metrics.ts';
import { nodes, pdbs, pods, systemObjects } from './objects.ts';

/**
 * The API of a large cluster, as a process of its own: prints the path of a kubeconfig when it listens, and ends with its
 * standard input. Pages are made beforehand, so that what is measured is the client.
 */
const pageSize = 500;

function pagesOf(items: readonly object[]): Buffer[] {
  return Array.from({ length: Math.ceil(items.length / pageSize) }, (_, page) => {
    const end = (page + 1) * pageSize;
    const metadata = { resourceVersion: '1', ...(end < items.length ? { continue: String(page + 1) } : {}) };
    const slice = items.slice(page * pageSize, end);
    return Buffer.from(JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata, items: slice }));
  });
}

const lists = new Map([
  ['/api/v1/nodes', pagesOf(nodes())],
  ['/api/v1/pods', pagesOf(pods())],
  ['/apis/policy/v1/poddisruptionbudgets', pagesOf(pdbs())],
]);
const system = systemObjects();
/** What a plan surveys beside that: an API server's metrics as long as a busy one writes them, and no other objects. */
const metrics = Buffer.from(busyMetrics());
const nothing = Buffer.from(
  '{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}',
);
const isList = /^\/(?:api\/v1|apis\/[^/]+\/v1)\/[a-z]+$/;
const kinds: Record<string, string> = {
  configmaps: 'ConfigMap',
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
};

const authority = await createAuthority('bench-ca');
const server = https.createServer(await authority.issue(), (request, response) => {
  const url = new URL(request.url ?? '/', 'https://server');
  const [, resource = '', name] = /\/namespaces\/kube-system\/([a-z]+)\/([a-z-]+)$/.exec(url.pathname) ?? [];
  const page = lists.get(url.pathname)?.[Number(url.searchParams.get('continue') ?? '0')];
  const object =
    url.pathname === '/version' ? { gitVersion: 'v1.33.13' } : system.get(`${kinds[resource]}/${name}`);
  const isMetrics = url.pathname === '/metrics';
  const none = isMetrics ? metrics : isList.test(url.pathname) ? nothing : undefined;
  const body = page ?? (object ? Buffer.from(JSON.stringify(object)) : none);
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
  response.end(body ?? '{"kind":"Status","reason":"NotFound","code":404}');
});
server.listen(0, '127.0.0.1', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
  const kubeconfig = path.join(directory, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  const ca = Buffer.from(authority.certificate).toString('base64');
  const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': ca };
  const content = {
    clusters: [{ name: 'large', cluster }],
    users: [{ name: 'bench', user: { token: 'bench' } }],
    contexts: [{ name: 'large', context: { cluster: 'large', user: 'bench' } }],
    'current-context': 'large',
  };
  writeFileSync(kubeconfig, JSON.stringify(content), { mode: 0o600 });
  process.stdin.resume();
  process.stdin.on('end', () => {
    rmSync(directory, { recursive: true });
    process.exit(0);
  });
  console.log(kubeconfig);
});
