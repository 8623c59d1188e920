import { describe, expect, test } from 'vitest';
import { MinorVersion } from '../../src/domain/version.ts';
import { findRestoreTools, readRestored, restoreCommand, toolFor } from '../../src/node/etcd-restore.ts';
import { run } from '../support/attempts.ts';
import { scriptedHost } from '../support/scripted-host.ts';

const bumps = '      --bump-revision uint';
const section = (name: string, body: string) => `\n@@ k8s-upgrade-bot: ${name}\n${body}\n`;
const v35 = MinorVersion.parse('3.5');
const v36 = MinorVersion.parse('3.6');

describe('what restores a snapshot', () => {
  const found = (...tools: readonly [path: string, said: string][]) =>
    findRestoreTools(scriptedHost(() => tools.map(([path, said]) => section(`tool ${path}`, said)).join('')));

  test('is an etcdutl of the same minor, or an etcdctl of 3.5, which still can', async () => {
    const tools = await found(
      ['/usr/bin/etcdutl', `etcdutl version: 3.6.5\n${bumps}`],
      ['/usr/bin/etcdctl', `etcdctl version: 3.5.30\n${bumps}`],
    );
    expect(toolFor(tools, v36)?.path).toBe('/usr/bin/etcdutl');
    expect(toolFor(tools, v35)?.path).toBe('/usr/bin/etcdctl');
    expect(toolFor(tools, MinorVersion.parse('3.4'))).toBeUndefined();
  });

  test('is no etcdctl of 3.6, nothing that cannot bump revisions, nothing that does not say what it is', async () => {
    const tools = await found(
      ['/usr/bin/etcdctl', `etcdctl version: 3.6.5\n${bumps}`],
      ['/usr/bin/etcdutl', 'etcdutl version: 3.5.9'],
      ['/opt/etcdutl', `not found\n${bumps}`],
    );
    expect(toolFor(tools, v36)).toBeUndefined();
    expect(toolFor(tools, v35)).toBeUndefined();
  });

  test('is the first that fits, in the order in which they were looked for', async () => {
    const tools = await found(
      ['/opt/etcdutl', `etcdutl version: 3.5.26\n${bumps}`],
      ['/usr/bin/etcdutl', `etcdutl version: 3.5.30\n${bumps}`],
    );
    expect(toolFor(tools, v35)?.path).toBe('/opt/etcdutl');
  });
});

test('a member is restored under its own name and address, among all of them', () => {
  const members = ['cp-1', 'cp-2'].map((name, index) => ({ name, peerUrl: `https://10.0.0.1${index}:2380` }));
  const argv = restoreCommand({ run, token: 'back-1', tool: '/t', snapshot: '/s', member: 'cp-2', members });
  expect(argv.slice(-6)).toEqual([
    '/t',
    '/s',
    'cp-2',
    'cp-1=https://10.0.0.10:2380,cp-2=https://10.0.0.11:2380',
    'https://10.0.0.11:2380',
    '1000000000',
  ]);
});

test('what lies on a node is told by its token; data that was never restored has none', async () => {
  const shown = (token: string, aside: string) =>
    readRestored(
      scriptedHost(
        () => section('directory', '/var/lib/etcd') + section('token', token) + section('aside', aside),
      ),
      run,
    );
  expect(await shown('back-1\n', '/var/lib/etcd-abc234-1/member\n/var/lib/etcd-abc234-2/member')).toEqual({
    directory: '/var/lib/etcd',
    token: 'back-1',
    aside: ['/var/lib/etcd-abc234-1', '/var/lib/etcd-abc234-2'],
  });
  expect(await shown('', '')).toEqual({ directory: '/var/lib/etcd', aside: [] });
});
