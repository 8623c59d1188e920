import { expect, test } from 'vitest';
import { MinorVersion } from '../../src/domain/version.ts';
import type { PackageState } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import type { Act, ActOutcome, CommandOutcome } from '../../src/ports/remote-host.ts';
import { exited, scriptedHost } from '../support/scripted-host.ts';

const repo =
  '[kubernetes]\nbaseurl=https://pkgs.k8s.io/core:/stable:/v1.34/rpm/\nexclude=kubelet kubeadm kubectl\n';

const machine = (more: Partial<PackageState> = {}): PackageState => ({
  os: { family: 'rhel', name: 'Rocky Linux 9.6' },
  dnf: 4,
  installed: { kubelet: '1.33.13-150500.1.1', kubectl: '1.33.13-150500.1.1' },
  held: ['kubelet'],
  versionLocked: [],
  interrupted: false,
  sources: [{ path: '/etc/yum.repos.d/kubernetes.repo', content: repo, mode: '0644' }],
  ...more,
});

function dnf(
  state: PackageState,
  says: { read?: string | CommandOutcome; act?: (act: Act) => ActOutcome } = {},
) {
  const host = scriptedHost(() => says.read ?? '', says.act);
  const { signal } = new AbortController();
  return {
    manager: packageManager(host, state),
    call: { base: 'base', attempt: 1, waitSeconds: 60, signal },
    acts: () => host.asked.filter(({ how }) => how === 'act').map(({ argv }) => argv),
  };
}
const failing = (output: string) => (): ActOutcome => ({ status: 'exited', code: 1, output });
const newer = [{ name: 'kubelet', exact: '1.34.9-150500.1.1' }] as const;
const older = [{ name: 'kubelet', exact: '1.32.4-150500.1.1' }] as const;

test('an older version is never installed unasked: dnf would take it for what was meant', async () => {
  const { manager, call, acts } = dnf(machine());
  await expect(manager.install(call, older)).rejects.toMatchObject({ code: 'packages.install-failed' });
  expect(acts()).toEqual([]);
  await manager.install(call, older, { allowDowngrade: true });
  expect(acts()[0]).toContain('kubelet-1.32.4-150500.1.1');
});

test('the same version once more, and what is not installed, are no step back', async () => {
  const { manager, call, acts } = dnf(machine({ installed: { kubelet: '1.34.9-150500.1.1' } }));
  await manager.install(call, [...newer, { name: 'kubectl', exact: '1.34.9-150500.1.1' }]);
  expect(acts()).toHaveLength(1);
});

/** The word of the first act that names locks: it stands before the excludes and the packages. */
const locksIn = ([argv]: ReturnType<ReturnType<typeof dnf>['acts']>) =>
  argv?.[argv.findIndex((word) => word === `kubelet-1.34.9-150500.1.1`) - 2];

test('only the locks of what is installed are opened, and they are put back by the same command', async () => {
  const locked = dnf(machine({ versionLocked: ['kubeadm', 'kubelet'] }));
  await locked.manager.install(locked.call, newer);
  expect(locksIn(locked.acts())).toBe('kubelet');
  const free = dnf(machine());
  await free.manager.install(free.call, newer);
  expect(locksIn(free.acts())).toBe('');
});

test('an installation that fails is told in the words of dnf, known ones or not', async () => {
  const lock = dnf(machine(), {
    act: failing("error: can't create transaction lock on /var/lib/rpm/.rpm.lock\n"),
  });
  await expect(lock.manager.install(lock.call, newer)).rejects.toMatchObject({ code: 'packages.locked' });
  const odd = dnf(machine(), { act: failing('scriptlet failed\n') });
  await expect(odd.manager.install(odd.call, newer)).rejects.toMatchObject({
    code: 'packages.install-failed',
    facts: { exit: '1' },
    lastWords: ['scriptlet failed'],
  });
});

test.each([
  ['refreshing', 'refresh'],
  ['finishing what was interrupted', 'repair'],
] as const)(
  '%s: a failure is told as what it is, and nothing goes on as if it had not been',
  async (_, what) => {
    const away = "Error: Failed to download metadata for repo 'kubernetes'\n";
    const { manager, call } = dnf(machine(), { act: failing(away) });
    await expect(manager[what](call)).rejects.toMatchObject({ code: 'packages.repository-unreachable' });
  },
);

test('a list of versions that could not be read is a failure, never an empty list', async () => {
  const known = dnf(machine(), { read: exited(1, '', 'Curl error (6): Could not resolve host\n') });
  await expect(known.manager.offered('kubelet')).rejects.toMatchObject({
    code: 'packages.repository-unreachable',
  });
  const odd = dnf(machine(), { read: exited(2, '1.34.9-150500.1.1\n', 'Traceback\n') });
  await expect(odd.manager.offered('kubelet')).rejects.toMatchObject({ code: 'command.failed' });
  await expect(odd.manager.probe(MinorVersion.parse('1.34'))).rejects.toMatchObject({
    code: 'command.failed',
  });
});

test.each(['\n', String.raw`\n`])(
  'versions on offer, oldest first, each with its newest revision',
  async (end) => {
    const lines = ['1.34.10-150500.1.1', '1.34.9-150500.9.1', '1.34.9-150500.10.1', 'kubelet', ''];
    const { manager } = dnf(machine(), { read: lines.join(end) });
    expect(await manager.offered('kubelet')).toEqual([
      { version: 'v1.34.9', exact: '1.34.9-150500.10.1' },
      { version: 'v1.34.10', exact: '1.34.10-150500.1.1' },
    ]);
  },
);

test('a release line that lacks one of the three packages says which', async () => {
  const read = [
    'kubeadm 1.34.9-150500.1.1',
    'kubeadm 1.34.8-150500.1.1',
    'kubelet 1.34.9-150500.1.1',
    'kubectl 1.34.9-150500.1.1',
    'kubectl 1.34.8-150500.1.1',
  ].join('\n');
  const { manager } = dnf(machine(), { read });
  expect(await manager.probe(MinorVersion.parse('1.34'))).toEqual([
    { version: 'v1.34.8', exact: '1.34.8-150500.1.1', without: ['kubelet'] },
    { version: 'v1.34.9', exact: '1.34.9-150500.1.1' },
  ]);
});

test('dnf 5 on a machine without the repository is given no empty list of excludes', async () => {
  const { manager, call, acts } = dnf(machine({ dnf: 5, sources: [] }));
  await manager.install(call, newer);
  expect(acts()[0]?.filter((word) => word.includes('exclude'))).toEqual([]);
});
