import { describe, expect, test } from 'vitest';
import { version } from '../../src/domain/version.ts';
import { installKubeadm as installKubeadmOn } from '../../src/steps/install-packages.ts';
import { attempt, drive } from '../support/attempts.ts';
import { scriptedHost } from '../support/scripted-host.ts';
import { type StepWorld, stepOf, stepWorld } from '../support/step-world.ts';

const sourcesList = '/etc/apt/sources.list.d/kubernetes.list';

async function onNewRepository(): Promise<StepWorld> {
  const world = await stepWorld();
  const { files } = world.node;
  await files.writeFile(sourcesList, (await files.readFile(sourcesList)).replace('v1.33', 'v1.34'));
  return world;
}
const installKubeadm = stepOf('install-kubeadm');
const installKubelet = stepOf('install-kubelet');

describe('switching the repository', () => {
  const step = stepOf('switch-repository');

  test('keeps the password of the mirror and the mode of the file', async () => {
    const { handlers, node, context } = await stepWorld();
    await node.files.chmod(sourcesList, 0o640);
    expect(await attempt(handlers['switch-repository'], step, context())).toMatchObject({
      status: 'succeeded',
      facts: { repository: 'v1.34' },
    });
    expect(await node.files.readFile(sourcesList)).toBe(
      'deb [signed-by=/k.gpg] https://user:secret@mirror.example/core:/stable:/v1.34/deb/ /\n',
    );
    expect((await node.files.stat(sourcesList)).mode & 0o777).toBe(0o640);
    expect(node.journal).toEqual([`write ${sourcesList}`, 'update v1.34']);
  });

  test('a file that is switched already, by a crash before the lists were fetched, is not written again', async () => {
    const { handlers, node, context } = await onNewRepository();
    expect(await attempt(handlers['switch-repository'], step, context())).toMatchObject({
      status: 'succeeded',
    });
    expect(node.journal).toEqual(['update v1.34']);
  });

  test('a release line that the mirror does not have halts, in the words of apt', async () => {
    const { handlers, node, context } = await stepWorld();
    node.state.repository.delete('1.34');
    const tried = await attempt(handlers['switch-repository'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'packages.repository-not-found', retry: 'halt' } });
  });

  test('a mirror that has the release line and nothing in it is not taken for switched', async () => {
    const { handlers, node, context } = await stepWorld();
    node.state.repository.set('1.34', []);
    const tried = await attempt(handlers['switch-repository'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'packages.version-missing', facts: { minor: '1.34' } } });
  });

  test('a second source that is still on the old line is switched, too', async () => {
    const { handlers, node, context } = await onNewRepository();
    const here = await node.files.readFile(sourcesList);
    await node.files.writeFile(sourcesList, here + here.replace('v1.34', 'v1.33'));
    node.state.lists = ['1.34.9-1.1'];
    expect(await attempt(handlers['switch-repository'], step, context())).toMatchObject({
      status: 'succeeded',
      alreadyDone: false,
    });
    expect(await node.files.readFile(sourcesList)).toBe(here + here);
  });

  test('a machine without a Kubernetes repository is told as that', async () => {
    const { handlers, node, context } = await stepWorld();
    await node.files.writeFile(sourcesList, 'deb http://deb.debian.org/debian bookworm main\n');
    const tried = await attempt(handlers['switch-repository'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'packages.repository-not-found' } });
  });
});

describe('installing', () => {
  test('takes the revision from the repository, fetches stale lists first and holds again', async () => {
    const { handlers, node, context } = await onNewRepository();
    const tried = await attempt(handlers['install-kubeadm'], installKubeadm, context());
    expect(tried).toMatchObject({ status: 'succeeded', facts: { kubeadm: '1.34.9-1.1' } });
    expect(node.journal).toEqual(['update v1.34', 'install kubeadm=1.34.9-1.1']);
    expect([...node.state.held].toSorted()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
  });

  test('holds again after an installation that failed', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.override = (program, args) =>
      program === 'apt-get' && args.includes('install')
        ? { exitCode: 100, stderr: 'E: Sub-process /usr/bin/dpkg returned an error code (1)\n' }
        : undefined;
    const tried = await attempt(handlers['install-kubeadm'], installKubeadm, context());
    expect(tried).toMatchObject({
      failure: { code: 'packages.install-failed', lastWords: [expect.stringContaining('error code (1)')] },
    });
    expect(node.state.held.has('kubeadm')).toBe(true);
  });

  test('a lock passes: the next attempt installs', async () => {
    const { handlers, node, context } = await onNewRepository();
    let locked = 2;
    node.state.override = (program, args) => {
      if (program !== 'apt-get' || !args.includes('install') || locked === 0) return undefined;
      locked -= 1;
      return {
        exitCode: 100,
        stderr:
          'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)\n',
      };
    };
    await drive(() => handlers['install-kubeadm'], installKubeadm, context);
    expect(node.journal.filter((line) => line.startsWith('install'))).toEqual(['install kubeadm=1.34.9-1.1']);
  });

  test('an interrupted operation is finished first', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.halfConfigured.add('kubelet');
    const told = context();
    expect(await attempt(handlers['install-kubeadm'], installKubeadm, told)).toMatchObject({
      status: 'succeeded',
    });
    expect(node.journal).toEqual(['dpkg --configure', 'update v1.34', 'install kubeadm=1.34.9-1.1']);
    expect(told.notes.join()).toContain('interrupted');
  });

  test('a version that is missing is told with what is there', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.repository.set('1.34', ['1.34.7-1.1', '1.34.8-1.1']);
    const tried = await attempt(handlers['install-kubeadm'], installKubeadm, context());
    expect(tried).toMatchObject({
      failure: {
        code: 'packages.version-missing',
        retry: 'halt',
        facts: { offered: 'v1.34.7, v1.34.8', wanted: 'v1.34.9' },
      },
    });
    expect(node.journal).toEqual(['update v1.34']);
  });

  test('the right version without its hold is not done', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.packages.set('kubeadm', '1.34.9-1.1');
    node.state.held.delete('kubeadm');
    expect(await handlers['install-kubeadm'].observe(installKubeadm, context())).toEqual({ status: 'to-do' });
    node.state.held.add('kubeadm');
    expect(await handlers['install-kubeadm'].observe(installKubeadm, context())).toMatchObject({
      status: 'done',
    });
  });

  test('the right version that an interrupted operation left is not done', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.packages.set('kubeadm', '1.34.9-1.1');
    node.state.halfConfigured.add('kubelet');
    expect(await handlers['install-kubeadm'].observe(installKubeadm, context())).toEqual({ status: 'to-do' });
  });

  test('a version that only lacks its hold needs no repository', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.packages.set('kubeadm', '1.34.9-1.1');
    node.state.held.delete('kubeadm');
    node.state.repository.delete('1.34');
    node.state.lists = [];
    expect(await attempt(handlers['install-kubeadm'], installKubeadm, context())).toMatchObject({
      status: 'succeeded',
    });
    expect(node.state.held.has('kubeadm')).toBe(true);
  });

  test('a machine with dnf may do without holds and locks', async () => {
    const { context } = await onNewRepository();
    const section = (name: string, body: string) => `\n@@ k8s-upgrade-bot: ${name}\n${body}`;
    const host = scriptedHost(
      () => section('os-release', 'ID=rocky\n') + section('rpm', 'kubeadm 1.34.9-150500.1.1\n'),
    );
    const handler = installKubeadmOn({ remoteHostOf: () => host });
    expect(await handler.observe(installKubeadm, context())).toMatchObject({ status: 'done' });
  });

  test('what is not installed at all is installed', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.packages.delete('kubeadm');
    expect(await attempt(handlers['install-kubeadm'], installKubeadm, context())).toMatchObject({
      status: 'succeeded',
      facts: { kubeadm: '1.34.9-1.1' },
    });
  });

  test('kubectl goes with the kubelet where it is, unless somebody has a newer one', async () => {
    const both = await onNewRepository();
    await attempt(both.handlers['install-kubelet'], installKubelet, both.context());
    expect(both.node.journal.slice(1)).toEqual(['install kubelet=1.34.9-1.1', 'install kubectl=1.34.9-1.1']);

    const without = await onNewRepository();
    without.node.state.packages.delete('kubectl');
    await attempt(without.handlers['install-kubelet'], installKubelet, without.context());
    expect(without.node.journal.slice(1)).toEqual(['install kubelet=1.34.9-1.1']);

    const newer = await onNewRepository();
    newer.node.state.packages.set('kubectl', '1.35.0-1.1');
    expect(await attempt(newer.handlers['install-kubelet'], installKubelet, newer.context())).toMatchObject({
      facts: { kubelet: '1.34.9-1.1' },
    });
    expect(newer.node.state.packages.get('kubectl')).toBe('1.35.0-1.1');
  });

  test('an outcome that nobody knows leads to observing', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.lists = ['1.34.9-1.1'];
    node.outcomeOfNextAct = { status: 'unknown', reason: 'the machine was rebooted', output: '' };
    const tried = await attempt(handlers['install-kubeadm'], installKubeadm, context());
    expect(tried).toMatchObject({ failure: { code: 'command.outcome-unknown', retry: 'transient' } });
    const next = await attempt(handlers['install-kubeadm'], installKubeadm, context(2));
    expect(next).toMatchObject({ status: 'succeeded', alreadyDone: true });
  });

  test('an act that still runs is told, not repeated', async () => {
    const { handlers, node, context } = await onNewRepository();
    node.state.lists = ['1.34.9-1.1'];
    node.outcomeOfNextAct = { status: 'still-running', afterSeconds: 900, output: 'Unpacking\n' };
    const tried = await attempt(handlers['install-kubeadm'], installKubeadm, context());
    expect(tried).toMatchObject({
      failure: { code: 'command.still-running', retry: 'halt', lastWords: ['Unpacking'] },
    });
  });
});

describe('pulling images', () => {
  const step = stepOf('pull-images');
  const images = [
    'kube-apiserver:v1.34.9',
    'kube-controller-manager:v1.34.9',
    'kube-scheduler:v1.34.9',
    'pause:3.10.1',
    'etcd:3.6.5-0',
  ].map((name) => `registry.k8s.io/${name}`);
  const ready = async () => {
    const world = await stepWorld();
    world.node.state.packages.set('kubeadm', '1.34.9-1.1');
    return world;
  };

  test('only those that the node lacks', async () => {
    const { handlers, node, context } = await ready();
    for (const image of images.slice(0, 3)) node.state.images.add(image);
    expect(await attempt(handlers['pull-images'], step, context())).toMatchObject({
      facts: { images: '5 of 5' },
    });
    expect(node.journal).toEqual(images.slice(3).map((image) => `pull ${image}`));
  });

  test('a node that has them all needs no registry', async () => {
    const { handlers, node, context } = await ready();
    for (const image of images) node.state.images.add(image);
    node.state.override = (program, args) =>
      program === 'crictl' && args[0] === 'pull' ? { exitCode: 1 } : undefined;
    expect(await attempt(handlers['pull-images'], step, context())).toMatchObject({
      status: 'succeeded',
      alreadyDone: true,
    });
  });

  test('an external etcd needs no image, a pinned one its own', async () => {
    const external = await ready();
    external.kubernetes.configMaps.set('kube-system/kubeadm-config', {
      ClusterConfiguration: 'etcd:\n  external:\n    endpoints: [https://10.0.0.1:2379]\n',
    });
    await attempt(external.handlers['pull-images'], step, external.context());
    expect(external.node.journal.join()).not.toContain('etcd');

    const pinned = await ready();
    pinned.kubernetes.configMaps.set('kube-system/kubeadm-config', {
      ClusterConfiguration: 'etcd:\n  local:\n    imageTag: 3.5.26-0\n',
    });
    await attempt(pinned.handlers['pull-images'], step, pinned.context());
    expect(pinned.node.journal).toContain('pull registry.k8s.io/etcd:3.5.26-0');
  });

  test('the image that could not be pulled is named, and it is tried again', async () => {
    const { handlers, node, context } = await ready();
    node.state.override = (program, args) =>
      program === 'crictl' && args[0] === 'pull'
        ? { exitCode: 1, stderr: 'dial tcp: i/o timeout\n' }
        : undefined;
    const tried = await attempt(handlers['pull-images'], step, context());
    expect(tried).toMatchObject({ failure: { code: 'images.pull-failed', retry: 'transient' } });
    expect((tried as { failure: Error }).failure.message).toContain(images[0]);
  });
});

describe('going back', () => {
  const back = (downgrade: boolean) =>
    stepOf('install-kubelet', { version: version('v1.33.13'), ...(downgrade ? { downgrade } : {}) });
  async function goneAhead(): Promise<StepWorld> {
    const world = await stepWorld();
    for (const name of ['kubelet', 'kubectl']) world.node.state.packages.set(name, '1.34.9-1.1');
    return world;
  }

  test('a rollback takes the kubelet and kubectl to an older version and holds them', async () => {
    const { handlers, node, context } = await goneAhead();
    const seen: string[][] = [];
    node.state.override = (program, args) => {
      if (program === 'apt-get' && args.includes('install')) seen.push([...args]);
      return undefined;
    };
    expect(await attempt(handlers['install-kubelet'], back(true), context())).toMatchObject({
      facts: { kubelet: '1.33.13-1.1', kubectl: '1.33.13-1.1' },
    });
    expect(seen[0]).toContain('--allow-downgrades');
    expect([...node.state.held].toSorted()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
  });

  test('a kubectl that was cut off from it is taken back by the next attempt', async () => {
    const { handlers, node, context } = await goneAhead();
    node.state.packages.set('kubelet', '1.33.13-1.1');
    await attempt(handlers['install-kubelet'], back(true), context());
    expect(node.journal).toEqual(['install kubectl=1.33.13-1.1']);
  });

  test('an upgrade leaves a newer kubectl alone and asks for no leave to go back', async () => {
    const { handlers, node, context } = await goneAhead();
    const seen: string[][] = [];
    node.state.override = (program, args) => {
      if (program === 'apt-get' && args.includes('install')) seen.push([...args]);
      return undefined;
    };
    await attempt(handlers['install-kubelet'], back(false), context());
    expect(seen[0]).not.toContain('--allow-downgrades');
    expect(node.state.packages.get('kubectl')).toBe('1.34.9-1.1');
  });
});
