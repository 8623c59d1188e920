import { describe, expect, test } from 'vitest';
import { parseLocalApiServer } from '../../src/node/api-server.ts';
import { parseCriSocket } from '../../src/node/cri-socket.ts';
import { parseKubelet } from '../../src/node/kubelet.ts';
import { lastWords } from '../../src/node/last-words.ts';
import { imageTag, parseManifests, repositoryName } from '../../src/node/manifests.ts';
import { parseOsRelease } from '../../src/node/os-release.ts';
import { parseMadison } from '../../src/node/packages/debian.ts';
import { offersOf } from '../../src/node/packages/package-manager.ts';
import { upstreamVersion } from '../../src/node/packages/package-state.ts';
import { parseRepoquery } from '../../src/node/packages/rhel.ts';
import { outputOf, recording } from '../support/recordings.ts';

const section = (name: string, body: string) => `\n@@ k8s-upgrade-bot: ${name}\n${body}`;

describe('versions on offer', () => {
  test('apt-cache madison as recorded', () => {
    expect(parseMadison(recording('cluster-1.33.13/apt-cache-madison').stdout).slice(0, 1)).toEqual([
      '1.33.13-1.1',
    ]);
    expect(parseMadison(recording('upgrade-1.33.13-to-1.34.9/01-cp1-repo-switch').stdout)).toEqual([
      '1.34.9-1.1',
    ]);
  });
  test('each version once, with its newest revision, oldest first', () => {
    expect(offersOf(['1.34.10-1.1', '1.34.9-1.1', '1.34.9-2.1', '1.34.9-1.10', '1.35.0~rc.1-1.1'])).toEqual([
      { version: 'v1.34.9', exact: '1.34.9-2.1' },
      { version: 'v1.34.10', exact: '1.34.10-1.1' },
    ]);
  });
  test('repoquery of dnf 4 (blank lines between) and dnf 5', () => {
    expect(parseRepoquery('1.34.8-150500.1.1\n\n1.34.9-150500.1.1\n\n')).toEqual([
      '1.34.8-150500.1.1',
      '1.34.9-150500.1.1',
    ]);
    expect(parseRepoquery('Updating and loading repositories:\n1.34.9-150500.1.1\n')).toEqual([
      '1.34.9-150500.1.1',
    ]);
  });
  test('epoch and revision are not part of the version', () => {
    expect(['1.34.9-1.1', '2:1.34.9-150500.1.1', '1.34.9'].map(upstreamVersion)).toEqual([
      '1.34.9',
      '1.34.9',
      '1.34.9',
    ]);
  });
});

describe('os-release', () => {
  test.each([
    ['ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"', 'debian', 'Debian GNU/Linux 12 (bookworm)'],
    ['NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian', 'debian', 'ubuntu'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\nPRETTY_NAME="Rocky Linux 9.6"', 'rhel', 'Rocky Linux 9.6'],
    ['ID=pop\nID_LIKE="ubuntu debian"', 'debian', 'pop'],
  ])('%s', (text, family, name) => {
    expect(parseOsRelease(text)).toEqual({ family, name });
  });
  test('a system of neither family is not guessed at', () => {
    expect(parseOsRelease('ID=flatcar\nID_LIKE=coreos')).toBeUndefined();
  });
});

describe('manifests', () => {
  test('a container that a patch added does not hide the component', () => {
    expect(
      parseManifests('kube-apiserver mirror.example/audit:1 registry.k8s.io/kube-apiserver:v1.34.9\n'),
    ).toEqual(new Map([['kube-apiserver', 'registry.k8s.io/kube-apiserver:v1.34.9']]));
  });
  test.each([
    ['registry.k8s.io/etcd:3.6.5-0', 'etcd', '3.6.5-0'],
    ['localhost:5000/k8s/kube-proxy:v1.34.9', 'kube-proxy', 'v1.34.9'],
    ['localhost:5000/k8s/kube-proxy', 'kube-proxy', undefined],
    ['registry.k8s.io/pause:3.10@sha256:00', 'pause', '3.10'],
  ])('%s', (image, name, tag) => {
    expect([repositoryName(image), imageTag(image)]).toEqual([name, tag]);
  });
});

describe('the kubelet', () => {
  const unit = recording('cluster-1.33.13/systemctl-show-kubelet').stdout;
  test('as recorded: active, with its start in UTC', () => {
    expect(parseKubelet(section('unit', unit))).toMatchObject({
      active: true,
      startedAt: Date.parse('2026-11-23T03:46:03Z') / 1_000,
      healthz: 'unknown',
      needsReload: false,
    });
  });
  test('elsewhere than in UTC the monotonic stamp tells, it has no time zone', () => {
    const output = [
      section(
        'unit',
        'ActiveState=active\nExecMainStartTimestamp=Mon 2026-11-23 03:46:03 IST\nExecMainStartTimestampMonotonic=90000000\nNeedDaemonReload=yes\n',
      ),
      section('version', 'Kubernetes v1.34.9\n'),
      section('clock', '1000000\n100.5 399.1\n'),
      section('changed', '999980 /usr/bin/kubelet\n999970 config.yaml\n'),
      section('healthz', 'ok'),
    ].join('');
    expect(parseKubelet(output)).toEqual({
      active: true,
      installed: 'v1.34.9',
      healthz: 'ok',
      startedAt: 999_989,
      changedAt: 999_980,
      needsReload: true,
    });
  });
  test('a machine that tells no times leaves them out', () => {
    const state = parseKubelet(
      section('unit', 'ActiveState=activating\n') + section('changed', '%Z /usr/bin/kubelet\n'),
    );
    expect(state).toEqual({ active: false, healthz: 'unknown', needsReload: false });
  });
});

describe("the container runtime's socket", () => {
  const flags = /KUBELET_KUBEADM_ARGS.*/.exec(recording('cluster-1.33.13/kubelet-config').stdout)?.[0] ?? '';
  const instance =
    /containerRuntimeEndpoint: "unix.*/.exec(
      recording('upgrade-1.33.13-to-1.34.9/07-cp1-after-tree').stdout,
    )?.[0] ?? '';
  const socket = 'unix:///run/containerd/containerd.sock';

  test('1.33 keeps it in the flags', () => {
    expect(parseCriSocket(section('kubeadm-flags.env', flags))).toEqual({ hasInstanceConfig: false, socket });
  });
  test('1.34 keeps it in instance-config.yaml', () => {
    expect(
      parseCriSocket(
        section('kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS="--x=y"') +
          section('instance-config.yaml', instance),
      ),
    ).toEqual({
      hasInstanceConfig: true,
      socket,
    });
  });
  test('between the two writes of kubeadm, the only socket on the machine tells', () => {
    expect(
      parseCriSocket(
        section('config.yaml', 'containerRuntimeEndpoint: ""\n') +
          section('sockets', '/run/crio/crio.sock\n'),
      ),
    ).toEqual({
      hasInstanceConfig: false,
      socket: 'unix:///run/crio/crio.sock',
    });
  });
  test('two sockets tell nothing', () => {
    expect(
      parseCriSocket(section('sockets', '/run/crio/crio.sock\n/run/containerd/containerd.sock\n')),
    ).toEqual({ hasInstanceConfig: false });
  });
});

describe('the own kube-apiserver', () => {
  test('ready, with its version', () => {
    const output =
      section('readyz', 'ok') + section('version', '{\n  "major": "1",\n  "gitVersion": "v1.34.9"\n}');
    expect(parseLocalApiServer(output)).toEqual({ readiness: 'ready', version: 'v1.34.9' });
  });
  test('no answer is not ready; nothing to ask with is unknown', () => {
    expect(parseLocalApiServer(section('readyz', '') + section('version', ''))).toEqual({
      readiness: 'not-ready',
    });
    expect(parseLocalApiServer('')).toEqual({ readiness: 'unknown' });
  });
});

test('last words leave progress and hints out', () => {
  const words = lastWords(outputOf(recording('upgrade-1.33.13-to-1.34.9/02-cp1-kubeadm-package')));
  expect(words.join('\n')).not.toMatch(/Reading database|Building dependency|debconf/);
  expect(words.slice(-2)).toEqual(['kubeadm set on hold.', 'v1.34.9']);
  expect(
    lastWords('a\n\nb\r12 %\rc\nTo see the stack trace of this error execute with --v=5 or higher\n'),
  ).toEqual(['a', 'c']);
  expect(lastWords(Array.from({ length: 40 }, (_, line) => `line ${line}`).join('\n'))).toHaveLength(15);
});
