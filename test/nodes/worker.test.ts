import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import type { StepKind } from '../../src/domain/step.ts';
import type { FakeKubernetes } from '../support/fake-kubernetes.ts';
import { dana } from '../support/sample-plan.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { type LabNode, startNode } from './support/node.ts';
import { type Repository, startRepository } from './support/repository.ts';
import { type LabRun, startRun } from './support/runs.ts';
import { until } from './support/shell.ts';
import { asWorker, clusterOf, workerPackages } from './support/worker.ts';

const base = inject('base');

const wholeTurn: StepKind[] = [
  'back-up-node-files',
  'switch-repository',
  'install-kubeadm',
  'drain-node',
  'upgrade-kubelet-config',
  'install-kubelet',
  'restart-kubelet',
  'verify-node',
  'uncordon-node',
];

describe.skipIf(base === '')('a worker, by the executor and over real SSH', () => {
  let node: LabNode;
  let repository: Repository;
  let hosts: RemoteHosts;
  let kubernetes: FakeKubernetes;
  let run: LabRun | undefined;
  beforeAll(async () => {
    repository = await startRepository();
    await repository.publish('1.33', workerPackages('1.33.13'));
    await repository.publish('1.34', workerPackages('1.34.9'));
    node = await startNode(base, 'kub-worker', 51);
    await asWorker(node, repository);
    hosts = hostsFor([node], await configFor([node]));
    kubernetes = clusterOf(node);
  });
  afterEach(async () => {
    await run?.stop();
    run = undefined;
    await node.sh(
      'rm -f /root/hang /root/slow-end; systemctl stop "k8s-upgrade-bot-*"; rm -f /root/kubeadm-*; :',
    );
  });
  afterAll(async () => {
    hosts?.close();
    await node?.dispose();
    await repository?.dispose();
  });

  const start = async (id: string, kinds: readonly StepKind[], patienceSeconds?: number) => {
    const patience = patienceSeconds === undefined ? {} : { patienceSeconds };
    run = await startRun({ id, node, hosts, kubernetes, kinds, ...patience });
    return run;
  };
  /** Seconds; enough for a busy machine to have kubeadm say its first words. */
  const patience = 6;
  /** A run whose kubeadm hangs for longer than anybody waits, on `/root/hang`. */
  const stuck = async (id: string) => {
    await node.sh('touch /root/hang; rm -f /root/kubeadm-ran /var/lib/k8s-upgrade-bot/kubeadm-finished');
    const begun = await start(id, ['upgrade-kubelet-config'], patience);
    const halted = await begun.halted('command.still-running');
    return { ...begun, failure: halted.halt?.failure };
  };
  const timesRun = async () => (await node.sh('cat /root/kubeadm-ran')).trim().split('\n').length;
  const processes = () => node.sh('ps -eo args= | grep -E "^(sleep 1001|/bin/sh /usr/bin/kubeadm)" || :');

  test('goes its whole turn under the one rule of sudo that the README gives', async () => {
    const rule = 'upgrader ALL=(root) NOPASSWD: /usr/bin/timeout';
    expect(await readFile(new URL('../../README.md', import.meta.url), 'utf8')).toContain(rule);
    expect(await node.sh('cat /etc/sudoers.d/*upgrade*')).toBe(`${rule}\n`);
    expect((await node.sh('id -nG upgrader')).trim()).toBe('upgrader');

    const { ended } = await start('aaaaaa', wholeTurn);
    const over = await ended();
    expect(over.status).toBe('succeeded');
    const found = [...over.steps.values()].filter(({ alreadyDone }) => alreadyDone);
    expect(found.map(({ key }) => key)).toEqual([`v1.34.9/${node.name}/verify-node`]);
    expect(await node.sh('kubeadm version; kubelet --version; apt-mark showhold')).toBe(
      'v1.34.9\nKubernetes v1.34.9\nkubeadm\nkubectl\nkubelet\n',
    );
    expect(await node.sh('cat /var/lib/kubelet/told /var/lib/kubelet/config.yaml')).toBe(
      'v1.34.9\nkind: KubeletConfiguration # v1.34.9\n',
    );
    expect(await node.sh('cat /etc/apt/sources.list.d/kubernetes.list')).toBe(repository.sourceLine('1.34'));
    expect(kubernetes.journal).toEqual([`cordon ${node.name}`, `uncordon ${node.name}`]);
    expect(hosts.uses()).toMatchObject([{ connects: 1 }]);
    // What the run left there goes with it; what kubeadm did is remembered.
    await until(
      'the run to be tidied',
      async () => (await node.sh('ls /var/lib/k8s-upgrade-bot')) === 'kubeadm-finished\n' || undefined,
      { withinMs: 60_000 },
    );
  });

  test('a kubeadm that hangs is told with its last lines, waited for when a person says so, and run once', async () => {
    const { failure, choose, halted, ended } = await stuck('aaaaab');
    expect(failure).toMatchObject({
      message: expect.stringContaining(`still runs after ${patience} s`),
      lastWords: expect.arrayContaining(['[upgrade] Waiting for the API server to answer']),
    });
    await choose('wait');
    await halted('command.still-running');
    await node.sh('rm /root/hang');
    await choose('wait');
    expect((await ended()).status).toBe('succeeded');
    expect(await timesRun()).toBe(1);
  });

  test('left to itself it goes on after the run has ended, and the next run begins nothing beside it', async () => {
    const first = await stuck('aaaaac');
    await first.choose('abort');
    expect((await first.ended()).status).toBe('aborted');
    await first.stop();
    expect(await processes()).toContain('/usr/bin/kubeadm upgrade node');

    const second = await start('aaaaad', ['upgrade-kubelet-config']);
    await second.until('it to wait', ({ steps }) =>
      [...steps.values()].some(
        (step) => step.failure?.facts['act']?.startsWith('aaaaac') && step.status === 'retrying',
      ),
    );
    expect(await timesRun()).toBe(1);
    await node.sh('rm /root/hang');
    expect((await second.ended()).status).toBe('succeeded');
    expect(await timesRun()).toBe(2);
  });

  test('stopped by a person it is gone with all its children, and begins anew only when a person says so', async () => {
    const { choose, halted, ended } = await stuck('aaaaae');
    expect(await processes()).toContain('sleep 1001');
    await choose('stop');
    const { halt } = await halted('command.stopped');
    expect(halt?.failure).toMatchObject({
      message: expect.stringContaining('stopped before it was through'),
      facts: { by: dana },
      lastWords: expect.arrayContaining(['[upgrade] Waiting for the API server to answer']),
    });
    expect(await processes()).toBe('');
    expect(await node.sh('systemctl list-units --all "k8s-upgrade-bot-*" --no-legend')).toBe('');
    // Stopped once more there is nothing to stop, and nothing changes.
    const act = { base: 'aaaaae:v1.34.9:kub-worker:upgrade-kubelet-config', attempt: 1 };
    expect(await hosts.stopAct(lab, nameOf(node), act, { signal: 'stop', by: '@amir' })).toBe(false);
    expect(await timesRun()).toBe(1);

    await node.sh('rm /root/hang');
    await choose('retry');
    expect((await ended()).status).toBe('succeeded');
    expect(await timesRun()).toBe(2);
  });

  test('a stop whose connection is cut is asked for again, and a bot that dies over it leaves it to the next', async () => {
    await node.sh('touch /root/slow-end');
    const { choose, halted, restart } = await stuck('aaaaaf');
    await choose('stop');
    const begun = () => node.sh('pgrep -f "systemctl stop k8s-upgrade-bot-aaaaaf"');
    await until('the stop to be begun', begun, { withinMs: 60_000 });
    await node.sh("pkill -KILL -u upgrader sshd || pkill -KILL -f '^sshd[^ ]*: upgrader'");
    await restart();
    await halted('command.stopped');
    expect(await processes()).toBe('');
    expect(await timesRun()).toBe(1);
    expect(await node.sh('cat /root/kubeadm-ended')).toBe('ended\n');
  });

  test.each(['aaaaag', 'aaaaah'])(
    'a stop at the moment at which it ends by itself leaves it done or stopped, never in between (%s)',
    async (id) => {
      const { choose, until: untilSo, ended } = await stuck(id);
      await Promise.all([node.sh('rm /root/hang'), choose('stop')]);
      const after = await untilSo('the stop to be through', ({ status }) =>
        ['halted', 'succeeded'].includes(status),
      );
      if (after.status === 'halted') {
        expect(after.halt?.failure.code).toBe('command.stopped');
        await choose('retry');
      }
      const over = await ended();
      expect(over.status).toBe('succeeded');
      expect(await timesRun()).toBe(after.status === 'halted' ? 2 : 1);
      expect(await processes()).toBe('');
    },
  );

  test('a machine that loses its power under kubeadm is waited for, looked at, and kubeadm is run again', async () => {
    await node.sh('touch /root/hang; rm -f /root/kubeadm-ran /var/lib/k8s-upgrade-bot/kubeadm-finished');
    const { ended } = await start('aaaaak', ['upgrade-kubelet-config', 'restart-kubelet', 'verify-node']);
    await until('kubeadm to begin', () => node.sh('cat /root/kubeadm-ran'), { withinMs: 60_000 });
    await node.sh('sync');
    await node.powerOff();
    await node.powerOn();
    await node.sh('rm -f /root/hang');
    const over = await ended();
    expect(over.status).toBe('succeeded');
    expect(await timesRun()).toBe(2);
    expect(over.steps.get('v1.34.9/kub-worker/upgrade-kubelet-config' as never)).toMatchObject({
      attempt: 2,
    });
  });
});
