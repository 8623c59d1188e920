import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MinorVersion, version } from '../../src/domain/version.ts';
import { missingImages } from '../../src/node/crictl.ts';
import { archiveCommand } from '../../src/node/files.ts';
import { recordLine, tidyKubeadmCopies, upgradeCommand } from '../../src/node/kubeadm.ts';
import { readManifests } from '../../src/node/manifests.ts';
import type { PackageState } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import type { Argv, RemoteHost } from '../../src/ports/remote-host.ts';
import { eventually } from '../support/eventually.ts';
import { localHost } from '../support/local-host.ts';
import { recording } from '../support/recordings.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'node-tools-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

/** The machine's own sh and coreutils, with a directory in place of the machine's root. */
function rooted(environment: Record<string, string> = {}): Pick<RemoteHost, 'node' | 'read'> {
  const host = localHost(environment);
  const moved = (text: string) =>
    text
      .replace(/(?<=^|[\s"'=(])\/(?=(etc|var)\/)/gm, `${root}/`)
      .replace('"/$path"', `"${root}/$path"`)
      .replace('-C /', `-C ${root}`);
  return { ...host, read: (argv, options) => host.read(argv.map(moved) as unknown as Argv, options) };
}

async function put(path: string, content = ''): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
}

/** A program of that name for the shell to find. */
async function program(name: string, text: string): Promise<Record<string, string>> {
  await put(`bin/${name}`, `#!/bin/sh\n${text}\n`);
  await chmod(join(root, 'bin', name), 0o755);
  return { PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}` };
}

test('the images of real manifests are found', async () => {
  for (const name of ['etcd', 'kube-apiserver', 'kube-scheduler']) {
    await put(`etc/kubernetes/manifests/${name}.yaml`, recording(`cluster-1.33.13/manifest-${name}`).stdout);
  }
  expect(Object.fromEntries(await readManifests(rooted()))).toEqual({
    etcd: 'registry.k8s.io/etcd:3.5.24-0',
    'kube-apiserver': 'registry.k8s.io/kube-apiserver:v1.33.13',
    'kube-scheduler': 'registry.k8s.io/kube-scheduler:v1.33.13',
  });
});

test("of kubeadm's copies the newest three of each kind stay", async () => {
  const kinds = ['kubeadm-backup-etcd-', 'kubeadm-backup-manifests-', 'kubeadm-kubelet-config'];
  for (const kind of kinds) {
    for (const number of [1, 2, 3, 4, 5]) {
      const path = `etc/kubernetes/tmp/${kind}${number}`;
      await put(`${path}/file`);
      await utimes(join(root, path), number, number);
    }
  }
  await put('etc/kubernetes/tmp/of somebody else');
  await tidyKubeadmCopies(rooted());
  const left = await readdir(join(root, 'etc/kubernetes/tmp'));
  expect(left.toSorted()).toEqual(
    [
      ...kinds.flatMap((kind) => [3, 4, 5].map((number) => `${kind}${number}`)),
      'of somebody else',
    ].toSorted(),
  );
});

test('nothing to tidy is no failure', async () => {
  await expect(tidyKubeadmCopies(rooted())).resolves.toBeUndefined();
});

describe('the record of a finished kubeadm', () => {
  const argv = upgradeCommand(
    'node',
    version('v1.34.9'),
    { ignorePreflightErrors: [] },
    recordLine('abc234', version('v1.34.9')),
  );
  const record = () => readFile(join(root, 'var/lib/k8s-upgrade-bot/kubeadm-finished'), 'utf8');

  test('is left when kubeadm succeeded', async () => {
    const host = rooted(await program('kubeadm', 'echo "$@"'));
    expect(await host.read(argv)).toMatchObject({ code: 0, stdout: 'upgrade node\n' });
    expect(await record()).toBe('abc234 v1.34.9\n');
  });
  test('is not left when it failed, and its exit status is kept', async () => {
    const host = rooted(await program('kubeadm', 'exit 3'));
    expect(await host.read(argv)).toMatchObject({ code: 3 });
    await expect(record()).rejects.toThrow('ENOENT');
  });
});

test('images are compared by their whole name', async () => {
  const listed = JSON.stringify({
    images: [{ repoTags: ['registry.k8s.io/pause:3.10.1', 'registry.k8s.io/etcd:3.6.5-0'] }],
  });
  const host = rooted(await program('crictl', `echo '${listed}'`));
  expect(
    await missingImages(host, [
      'registry.k8s.io/pause:3.10',
      'registry.k8s.io/etcd:3.6.5-0',
      'registry.k8s.io/kube-proxy:v1.34.9',
    ]),
  ).toEqual(['registry.k8s.io/pause:3.10', 'registry.k8s.io/kube-proxy:v1.34.9']);
});

test("the archive has what is there, and none of kubeadm's own copies", async () => {
  await put('etc/kubernetes/admin.conf', 'a');
  await put('etc/kubernetes/pki/ca.key', 'k');
  await put('etc/kubernetes/tmp/kubeadm-backup-etcd-1/etcd/member/snap/db', 'large');
  await put('var/lib/kubelet/config.yaml', 'c');
  await put('etc/apt/sources.list.d/kubernetes.list', 's');
  const host = rooted();
  const packed = await host.read(
    archiveCommand('/var/lib/k8s-upgrade-bot/abc234.outbox/n.tar.gz', [
      '/etc/apt/sources.list.d/kubernetes.list',
    ]),
  );
  expect(packed).toMatchObject({ code: 0, stderr: '' });
  const [archive = ''] = globSync(`${root}/var/lib/k8s-upgrade-bot/*/*`);
  const { stdout } = (await localHost().read(['tar', '-tzf', archive])) as { stdout: string };
  expect(
    stdout
      .split('\n')
      .filter((name) => name !== '' && !name.endsWith('/'))
      .toSorted(),
  ).toEqual([
    'etc/apt/sources.list.d/kubernetes.list',
    'etc/kubernetes/admin.conf',
    'etc/kubernetes/pki/ca.key',
    'var/lib/kubelet/config.yaml',
  ]);
});

/** The probe works in /run, as root. */
function canProbe(): boolean {
  try {
    accessSync('/run', constants.W_OK);
    return existsSync('/usr/bin/apt-get');
  } catch {
    return false;
  }
}

describe.skipIf(!canProbe())('apt itself', () => {
  const host = {
    ...localHost(),
    act: () => Promise.reject(new Error('an act')),
    writeFile: () => Promise.reject(new Error('a write')),
  };
  const stateWith = (file: string, content: string): PackageState => ({
    os: { family: 'debian', name: 'Debian' },
    installed: {},
    held: [],
    versionLocked: [],
    interrupted: false,
    sources: [{ path: `/etc/apt/sources.list.d/${file}`, mode: '644', content }],
  });
  const offer = async (minor: string) => {
    const paragraphs = ['1.34.8-1.1', '1.34.9-1.1'].map(
      (exact) =>
        `Package: kubeadm\nVersion: ${exact}\nArchitecture: all\nMaintainer: x\nDescription: x\nFilename: ./k.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}\n`,
    );
    await put(`mirror/v${minor}/deb/Packages`, paragraphs.join('\n'));
  };

  test.each([
    ['kubernetes.list', () => `deb [trusted=yes] file:${root}/mirror/v1.33/deb ./\n`],
    [
      'kubernetes.sources',
      () => `Types: deb\nURIs: file:${root}/mirror/v1.33/deb\nSuites: ./\nTrusted: yes\n`,
    ],
  ])('tells what another release line offers, by %s, and leaves nothing behind', async (file, content) => {
    await offer('1.34');
    const manager = packageManager(host, stateWith(file, content()));
    const offers = await manager.probe(MinorVersion.parse('1.34'));
    expect(offers.map(({ exact }) => exact)).toEqual(['1.34.8-1.1', '1.34.9-1.1']);
    // Another process on this machine may be probing, too: its directory goes as well.
    await eventually(() => globSync('/run/k8s-upgrade-bot-probe*').length === 0, 'the clean-up');
  });

  test('a release line that is not there', async () => {
    const manager = packageManager(
      host,
      stateWith('k.list', `deb [trusted=yes] file:${root}/mirror/v1.33/deb ./\n`),
    );
    await expect(manager.probe(MinorVersion.parse('1.99'))).rejects.toMatchObject({
      code: 'packages.repository-not-found',
    });
  });
});
