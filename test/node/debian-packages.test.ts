import { expect, test } from 'vitest';
import { MinorVersion } from '../../src/domain/version.ts';
import { parseMadison } from '../../src/node/packages/debian.ts';
import type { PackageState } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import type { ActOutcome, CommandOutcome } from '../../src/ports/remote-host.ts';
import { exited, scriptedHost } from '../support/scripted-host.ts';

const state: PackageState = {
  os: { family: 'debian', name: 'Debian GNU/Linux 12 (bookworm)' },
  installed: { kubeadm: '1.33.13-1.1' },
  held: ['kubeadm'],
  versionLocked: [],
  interrupted: false,
  sources: [
    {
      path: '/etc/apt/sources.list.d/kubernetes.list',
      content: 'deb https://pkgs.k8s.io/core:/stable:/v1.34/deb/ /\n',
      mode: '644',
    },
  ],
};

function apt(says: { read?: CommandOutcome; act?: ActOutcome }) {
  const { read, act } = says;
  const host = scriptedHost(
    () => read ?? '',
    () => act ?? { status: 'exited', code: 0, output: '' },
  );
  const { signal } = new AbortController();
  return {
    manager: packageManager(host, state),
    call: { base: 'base', attempt: 1, waitSeconds: 60, signal },
  };
}
const section = (name: string, body: string) => `\n@@ k8s-upgrade-bot: ${name}\n${body}`;
const v134 = MinorVersion.parse('1.34');

test('lists that an old apt could not fetch are a failure, although it ends with 0', async () => {
  const output =
    "Err:1 https://pkgs.k8s.io InRelease\nW: Failed to fetch https://pkgs.k8s.io/InRelease  Could not resolve 'pkgs.k8s.io'\n";
  const { manager, call } = apt({ act: { status: 'exited', code: 0, output } });
  await expect(manager.refresh(call)).rejects.toMatchObject({ code: 'packages.repository-unreachable' });
});

test('a warning that is about something else is none', async () => {
  const output = 'W: Target Packages is configured multiple times in kubernetes.list:1\n';
  const { manager, call } = apt({ act: { status: 'exited', code: 0, output } });
  await expect(manager.refresh(call)).resolves.toBeUndefined();
});

test('of two mirrors one that does not answer does not hide what the other one offers', async () => {
  const madison = ' kubeadm | 1.34.9-1.1 | https://mirror.example Packages\n';
  const stdout = `${section('update', 'E: Failed to fetch https://other.example\n')}${section('madison', madison)}`;
  const { manager } = apt({ read: exited(100, stdout) });
  expect(await manager.probe(v134)).toMatchObject([{ version: 'v1.34.9' }]);
});

test('a repository that is there and has nothing offers nothing; one that fails in unknown words is a failure', async () => {
  const empty = apt({ read: exited(0, section('madison', '')) });
  expect(await empty.manager.probe(v134)).toEqual([]);
  const odd = apt({ read: exited(2, section('update', 'Segmentation fault\n')) });
  await expect(odd.manager.probe(v134)).rejects.toMatchObject({ code: 'command.failed' });
});

test('of what madison prints only lines with a version and where it comes from count', () => {
  const output = [
    '   kubeadm | 1.34.9-1.1 | https://pkgs.k8s.io Packages',
    '   kubeadm | 1.34.8-1.1',
    '   kubeadm | 1.34.7-1.1 | ',
    '   kubeadm | | https://pkgs.k8s.io Packages',
    '   kubeadm | none | https://pkgs.k8s.io Packages',
    'N: Unable to locate package kubeadm',
  ].join('\n');
  expect(parseMadison(output)).toEqual(['1.34.9-1.1']);
});
