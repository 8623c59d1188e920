import { describe, expect, test } from 'vitest';
import { MinorVersion } from '../../src/domain/version.ts';
import { readHostFacts } from '../../src/node/host-facts.ts';
import { parsePackageState, repositoryMinor } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import { parseSections } from '../../src/node/sections.ts';
import { recording } from '../support/recordings.ts';
import { exited, scriptedHost } from '../support/scripted-host.ts';

const section = (name: string, body: string) => `\n@@ k8s-upgrade-bot: ${name}\n${body}`;
const file = (path: string, content: string, mode = '644') =>
  section(`source ${mode} ${path}`, `${Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\n')}\n`);

const list = 'deb [signed-by=/k.gpg] https://user:secret@mirror.example/core:/stable:/v1.33/deb/ /\n';
const repo = `[kubernetes]
baseurl=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/
gpgkey=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/repodata/repomd.xml.key
`;
const debianOs = section('os-release', 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
const rockyOs = section(
  'os-release',
  'ID="rocky"\nID_LIKE="rhel centos fedora"\nPRETTY_NAME="Rocky Linux 9.6"\n',
);
const dpkg = recording('cluster-1.33.13/apt-cache-madison')
  .stdout.split('\n')
  .filter((line) => /^kube\w+ \d/.test(line))
  .join('\n');
const rpm = section(
  'rpm',
  'kubeadm 1.33.13-150500.1.1\nkubelet 1.33.13-150500.1.1\npackage kubectl is not installed\n',
);

const stateOf = (output: string) => parsePackageState(parseSections(output));

describe('debian', () => {
  test('versions and holds as dpkg-query printed them', () => {
    const state = stateOf(
      debianOs +
        section('dpkg', dpkg) +
        section('audit', '') +
        file('/etc/apt/sources.list.d/kubernetes.list', list, '640'),
    );
    expect(state).toMatchObject({
      installed: { kubeadm: '1.33.13-1.1', kubelet: '1.33.13-1.1', kubectl: '1.33.13-1.1' },
      held: ['kubeadm', 'kubectl', 'kubelet'],
      interrupted: false,
      sources: [{ path: '/etc/apt/sources.list.d/kubernetes.list', mode: '640', content: list }],
    });
    expect(state && repositoryMinor(state)).toBe('1.33');
  });
  test.each([
    ['a half-configured package', section('dpkg', 'kubelet 1.34.9-1.1 iF \n')],
    [
      "dpkg's own audit",
      section('dpkg', dpkg) + section('audit', 'The following packages are only half configured\n'),
    ],
    ['a journal that dpkg has not read', section('dpkg', dpkg) + section('audit', '0003\n')],
  ])('%s is an interrupted operation', (_, sections) => {
    expect(stateOf(debianOs + sections)?.interrupted).toBe(true);
  });
  test('a package that was removed but not purged is not installed, nor one that never was', () => {
    expect(stateOf(debianOs + section('dpkg', 'kubectl 1.33.13-1.1 rc \n'))?.installed).toEqual({});
    expect(stateOf(debianOs + section('dpkg', 'kubectl  un \n'))?.installed).toEqual({});
  });
  test('a repository of CRI-O is none of Kubernetes', () => {
    const crio = 'deb https://pkgs.k8s.io/addons:/cri-o:/stable:/v1.33/deb/ /\n';
    expect(stateOf(debianOs + file('/etc/apt/sources.list.d/cri-o.list', crio))?.sources).toEqual([]);
  });
});

describe('rhel', () => {
  test('held by an exclude of the repository', () => {
    const state = stateOf(
      rockyOs +
        rpm +
        section('dnf', '4.14.0\n') +
        section('versionlock', '') +
        file('/etc/yum.repos.d/k.repo', `${repo}exclude=kubelet kubeadm\n`),
    );
    expect(state).toMatchObject({
      dnf: 4,
      held: ['kubeadm', 'kubelet'],
      versionLocked: [],
      installed: { kubeadm: '1.33.13-150500.1.1' },
    });
    expect(state?.installed.kubectl).toBeUndefined();
  });
  test.each([
    ['dnf 4', '4.14.0\n', 'kubeadm-0:1.33.13-150500.1.1.*\nkubelet-0:1.33.13-150500.1.1.*\n', 4],
    [
      'dnf 5',
      'dnf5 version 5.2.16.0\n',
      '[[packages]]\nname = "kubeadm"\n[[packages]]\nname = "kubelet"\n',
      5,
    ],
  ])('held by the versionlock of %s', (_, version, locks, dnf) => {
    const state = stateOf(
      rockyOs +
        rpm +
        section('dnf', version) +
        section('versionlock', locks) +
        file('/etc/yum.repos.d/k.repo', repo),
    );
    expect(state).toMatchObject({ dnf, versionLocked: ['kubeadm', 'kubelet'], held: ['kubeadm', 'kubelet'] });
  });
  test.each([
    ['two versions in the database', 'kubelet 1.33.13-150500.1.1\nkubelet 1.34.9-150500.1.1\n', ''],
    ['a program that is not its package’s', 'kubelet 1.34.9-150500.1.1\n', 'S.5....T.    /usr/bin/kubelet\n'],
    ['a program that is missing', 'kubelet 1.34.9-150500.1.1\n', 'missing     /usr/bin/kubelet\n'],
  ])('a transaction that was cut shows: %s', (_, packages, verified) => {
    const state = stateOf(rockyOs + section('rpm', packages) + section('rpm-verify', verified));
    expect(state).toMatchObject({ interrupted: true, installed: { kubelet: '1.34.9-150500.1.1' } });
  });
  test('what the repository cannot answer is told, never taken for nothing on offer', async () => {
    const state = stateOf(rockyOs + rpm + section('dnf', '4.14.0\n') + file('/etc/yum.repos.d/k.repo', repo));
    const host = scriptedHost(() =>
      exited(
        1,
        '',
        "Error: Failed to download metadata for repo 'kubernetes': Cannot download repomd.xml: Status code: 404 for https://x\n",
      ),
    );
    if (!state) throw new Error('not parsed');
    await expect(packageManager(host, state).probe(MinorVersion.parse('1.34'))).rejects.toMatchObject({
      code: 'packages.repository-not-found',
    });
  });
});

describe('facts of a machine', () => {
  const facts = [
    debianOs,
    section('dpkg', dpkg),
    section('audit', ''),
    file('/etc/apt/sources.list.d/kubernetes.list', list),
    section(
      'free',
      '/ Filesystem-line /dev/vda1 102400 51200 51200 50% /\n/var/lib/etcd /dev/mapper/vg-etcd 2048 1024 1024 50% /var/lib/etcd\n',
    ),
    section(
      'inodes',
      '/ /dev/vda1 6553600 400 6553200 1% /\n/var/lib/etcd /dev/mapper/vg-etcd 0 0 0 - /var/lib/etcd\n',
    ),
    section('manifests', 'etcd.yaml\nkube-apiserver.yaml\n'),
  ].join('');

  test('are read in one command', async () => {
    const host = scriptedHost(() => facts);
    expect(await readHostFacts(host)).toEqual({
      status: 'reached',
      family: 'debian',
      osName: 'Debian GNU/Linux 12 (bookworm)',
      packages: { kubeadm: '1.33.13', kubelet: '1.33.13', kubectl: '1.33.13' },
      held: ['kubeadm', 'kubectl', 'kubelet'],
      repositoryMinor: '1.33',
      freeBytes: { '/': 51_200 * 1_024, '/var/lib/etcd': 1_024 * 1_024 },
      freeInodes: { '/': 6_553_200 },
      manifests: ['etcd.yaml', 'kube-apiserver.yaml'],
      interruptedPackages: false,
    });
    expect(host.asked).toHaveLength(1);
  });

  test('what a release line offers costs one command more; the password goes by stdin alone', async () => {
    const lines = [
      'kubeadm | 1.34.9-1.1',
      'kubeadm | 1.34.8-1.1',
      'kubelet | 1.34.9-1.1',
      'kubectl | 1.34.9-1.1',
      'kubectl | 1.34.8-1.1',
    ].map((line) => ` ${line} | https://mirror Packages\n`);
    const answer = `${section('update', '')}${section('madison', lines.join(''))}`;
    const host = scriptedHost((_, stdin) => (stdin === undefined ? facts : answer));
    expect(await readHostFacts(host, { offeredMinors: [MinorVersion.parse('1.34')] })).toMatchObject({
      offered: ['v1.34.9'],
      offeredWithout: { 'v1.34.8': ['kubelet'] },
    });
    expect(host.asked).toHaveLength(2);
    expect(JSON.stringify(host.asked.map(({ argv }) => argv))).not.toContain('secret');
    const [, content = ''] = host.asked[1]?.stdin?.trim().split(' ') ?? [];
    expect(Buffer.from(content, 'base64').toString()).toBe(list.replace('v1.33', 'v1.34'));
  });

  test('a repository that does not answer is a fact, and so is a machine that does not', async () => {
    const silent = scriptedHost((_, stdin) =>
      stdin === undefined
        ? facts
        : exited(100, section('update', "W: Failed to fetch https://x  Could not resolve 'x'\n")),
    );
    expect(await readHostFacts(silent, { offeredMinors: [MinorVersion.parse('1.34')] })).toMatchObject({
      status: 'reached',
      offered: [],
      offeredProblem: expect.stringContaining('Could not resolve'),
    });
    const odd = scriptedHost(() => section('os-release', 'ID=flatcar\n'));
    expect(await readHostFacts(odd)).toMatchObject({ status: 'unreachable', code: 'command.failed' });
  });
});
