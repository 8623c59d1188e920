import { expect, test } from 'vitest';
import type { PackageState } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import { scriptedHost } from '../support/scripted-host.ts';

const repository = (id: string) =>
  `[${id}]\nname=${id}\nbaseurl=https://pkgs.k8s.io/core:/stable:/v1.34/rpm/\nexclude=kubelet kubeadm kubectl\n`;

const state = (dnf: 4 | 5): PackageState => ({
  os: { family: 'rhel', name: 'Fedora Linux 42' },
  dnf,
  installed: { kubeadm: '1.33.13-150500.1.1' },
  held: ['kubeadm'],
  versionLocked: [],
  interrupted: false,
  sources: ['kubernetes', 'kubernetes-mirror'].map((id) => ({
    path: `/etc/yum.repos.d/${id}.repo`,
    content: repository(id),
    mode: '0644',
  })),
});

/** dnf 5 takes the last of an option that is given twice (libdnf5, OptionStringList), dnf 4 adds them up. */
test.each([
  [4, ['--disableexcludes=kubernetes', '--disableexcludes=kubernetes-mirror']],
  [5, ['--setopt=disable_excludes=kubernetes,kubernetes-mirror']],
] as const)('dnf %s is told of every repository whose excludes do not count', async (dnf, wanted) => {
  const host = scriptedHost();
  const call = { base: 'base', attempt: 1, waitSeconds: 60, signal: new AbortController().signal };
  await packageManager(host, state(dnf)).install(call, [{ name: 'kubeadm', exact: '1.34.9-150500.1.1' }]);
  expect(host.asked.at(-1)?.argv.filter((word) => word.includes('exclude'))).toEqual(wanted);
});
