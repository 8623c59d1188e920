import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { createBackupStore } from '../../src/adapters/backup/backup-store.ts';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { BackUpNodeFiles, UpgradeControlPlane } from '../../src/domain/step.ts';
import { readLocalApiServer } from '../../src/node/api-server.ts';
import { criSocketAnnotation } from '../../src/node/cri-socket.ts';
import { readNodeArchive } from '../../src/node/node-archive.ts';
import { backUpNodeFiles } from '../../src/steps/back-up-node-files.ts';
import { upgradeControlPlane } from '../../src/steps/upgrade-control-plane.ts';
import type { FakeKubernetes } from '../support/fake-kubernetes.ts';
import { attempt } from './support/attempt.ts';
import { asControlPlane, clusterOf, serveApi } from './support/control-plane.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { type LabNode, startNode } from './support/node.ts';
import { until } from './support/shell.ts';

const base = inject('base');

describe.skipIf(base === '')('a control plane with its files, its kubeadm and its API server', () => {
  let node: LabNode;
  let hosts: RemoteHosts;
  let kubernetes: FakeKubernetes;
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(inject('scratch'), 'control-'));
    node = await startNode(base, 'kub-control', 73);
    hosts = hostsFor([node], await configFor([node]));
  });
  beforeEach(async () => {
    await node.sh(`rm -rf /root/kubeadm-ran /root/preflight /root/hang /root/moved /var/lib/k8s-upgrade-bot
      rm -rf /etc/kubernetes /var/lib/kubelet`);
    await asControlPlane(node);
    kubernetes = clusterOf(node);
  });
  afterAll(async () => {
    hosts?.close();
    await node?.dispose();
  });

  const handler = () =>
    upgradeControlPlane({
      kubernetesOf: () => kubernetes,
      remoteHostOf: hosts.hostOf,
      clock: systemClock,
    });
  const step = (mode: 'apply' | 'node', kubeadm: object = { ignorePreflightErrors: [] }) =>
    UpgradeControlPlane.parse({
      kind: 'upgrade-control-plane',
      key: `v1.34.9/${node.name}/upgrade-control-plane`,
      input: { node: node.name, version: 'v1.34.9', mode, etcd: 'external', kubeadm },
    });
  const ran = () => node.sh('cat /root/kubeadm-ran 2>/dev/null || echo never');

  test('kubeadm has the patches and the checks of the plan; all four are seen, and its copies are tidied', async () => {
    // Newest last, whatever their names: b is the oldest.
    await node.sh(`cd /etc/kubernetes/tmp; day=1
      for name in b d a c; do mkdir kubeadm-backup-etcd-$name; touch -d 2026-01-0$day kubeadm-backup-etcd-$name; day=$((day + 1)); done
      mkdir 'not kubeadm-backup-etcd-x'`);
    const given = step('apply', {
      ignorePreflightErrors: ['SystemVerification', 'CreateJob'],
      patchesDirectory: '/etc/kubernetes/my patches',
    });
    expect(await handler().observe(given, attempt(1))).toEqual({ status: 'to-do' });
    await handler().act(given, attempt(1));
    expect(await handler().verify(given, attempt(1))).toEqual({ version: 'v1.34.9' });
    expect(await handler().observe(given, attempt(1))).toMatchObject({ status: 'done' });
    expect(await ran()).toBe(
      'upgrade apply v1.34.9 --yes --ignore-preflight-errors=SystemVerification,CreateJob --patches=/etc/kubernetes/my patches\n',
    );
    expect(await node.sh('cd /etc/kubernetes/tmp; ls -d *etcd*')).toBe(
      'kubeadm-backup-etcd-a\nkubeadm-backup-etcd-c\nkubeadm-backup-etcd-d\nnot kubeadm-backup-etcd-x\n',
    );
  });

  test('a manifest that is away for a moment is waited for, one that stays away is told, and kubeadm not run', async () => {
    const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';
    await node.sh(`mv ${manifest} /root/away.yaml`);
    await expect(handler().act(step('node'), attempt(1))).rejects.toMatchObject({
      code: 'kubeadm.manifest-missing',
      facts: { missing: 'kube-apiserver.yaml' },
    });
    expect(await ran()).toBe('never\n');
    const acting = handler().act(step('node'), attempt(2));
    await node.sh(`sleep 3; mv /root/away.yaml ${manifest}`);
    await acting;
    expect(await ran()).toBe('upgrade node\n');
    expect(await handler().verify(step('node'), attempt(2))).toEqual({ version: 'v1.34.9' });
  });

  test('a power cut between the two moves of a manifest is not taken for a worker, and goes on when it is back', async () => {
    await node.sh('touch /root/hang');
    const cut = handler()
      .act(step('apply'), attempt(1))
      .catch((error: unknown) => error);
    await until('kubeadm to be between the moves', () => node.sh('cat /root/moved'), { withinMs: 60_000 });
    await node.powerOff();
    await node.powerOn();
    expect(await cut).toMatchObject({ code: 'command.outcome-unknown', retry: 'transient' });
    await node.sh('rm -f /root/hang');

    expect(await handler().observe(step('apply'), attempt(2))).toEqual({ status: 'to-do' });
    const failure = await handler()
      .act(step('apply'), attempt(2))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'kubeadm.manifest-missing',
      message: expect.stringContaining('/etc/kubernetes/tmp'),
    });
    // As its page says: the copy that kubeadm has made of it.
    await node.sh(
      'mv /etc/kubernetes/tmp/kubeadm-backup-manifests-*/kube-apiserver.yaml /etc/kubernetes/manifests',
    );
    await handler().act(step('apply'), attempt(3));
    expect(await handler().verify(step('apply'), attempt(3))).toEqual({ version: 'v1.34.9' });
    expect(await ran()).toBe('upgrade apply v1.34.9 --yes\nupgrade apply v1.34.9 --yes\n');
  });

  test('a check that fails is told by its name, and nothing was changed', async () => {
    await node.sh('touch /root/preflight');
    await expect(handler().act(step('apply'), attempt(1))).rejects.toMatchObject({
      code: 'kubeadm.preflight-failed',
      facts: { checks: 'CoreDNSUnsupportedPlugins', phase: 'preflight' },
    });
    expect(await handler().observe(step('apply'), attempt(1))).toEqual({ status: 'to-do' });
  });

  test('the socket that only files name is put back on the Node before kubeadm, which would find it nowhere', async () => {
    const name = nameOf(node);
    const without = () => {
      const found = kubernetes.nodes.get(name);
      if (found) kubernetes.nodes.set(name, { ...found, annotations: {} });
    };
    without();
    await handler().act(step('apply'), attempt(1));
    expect(kubernetes.nodes.get(name)?.annotations[criSocketAnnotation]).toBe('unix:///run/crio/crio.sock');
    // Killed between the two writes of 1.34: neither annotation nor instance-config, and the flags are stripped.
    without();
    await node.sh("echo 'KUBELET_KUBEADM_ARGS=' >/var/lib/kubelet/kubeadm-flags.env");
    await expect(handler().act(step('apply'), attempt(2))).rejects.toMatchObject({
      code: 'kubeadm.cri-socket-missing',
    });
    // The same after both: the new kubeadm reads the file, and needs no annotation.
    await node.sh("echo 'containerRuntimeEndpoint: x' >/var/lib/kubelet/instance-config.yaml");
    await handler().act(step('apply'), attempt(3));
    expect(kubernetes.nodes.get(name)?.annotations).toEqual({});
  });

  test("the node's own API server is asked where it is bound, also to IPv6 alone", async () => {
    const own = hosts.hostOf(lab, nameOf(node));
    const ready = { readiness: 'ready', version: 'v1.33.13' };
    for (const address of [node.address, '0.0.0.0', '::1', '::']) {
      await serveApi(node, address);
      await until(
        `an answer on ${address}`,
        async () => ((await readLocalApiServer(own)).readiness === 'ready' ? true : undefined),
        { withinMs: 60_000, everyMs: 300 },
      );
      expect(await readLocalApiServer(own)).toEqual(ready);
    }
  });

  test('its files are saved as they were before the first act, without the copies that fill disks', async () => {
    const backups = createBackupStore({ directory, keep: 3 });
    const saving = backUpNodeFiles({ remoteHostOf: hosts.hostOf, backups });
    const given = BackUpNodeFiles.parse({
      kind: 'back-up-node-files',
      key: `v1.34.9/${node.name}/back-up-node-files`,
      input: { node: node.name, role: 'control-plane' },
    });
    await node.sh(
      'head -c 3000000 /dev/urandom >/etc/kubernetes/tmp/big; chmod 600 /var/lib/kubelet/config.yaml',
    );
    await saving.act(given, attempt(1));
    const { path = '' } = await saving.verify(given, attempt(1));
    const files = await readNodeArchive(await readFile(path));
    expect([...files.keys()].toSorted()).toEqual([
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      '/etc/kubernetes/manifests/kube-controller-manager.yaml',
      '/etc/kubernetes/manifests/kube-scheduler.yaml',
      '/etc/kubernetes/pki/apiserver-kubelet-client.crt',
      '/etc/kubernetes/pki/apiserver-kubelet-client.key',
      '/var/lib/kubelet/config.yaml',
      '/var/lib/kubelet/kubeadm-flags.env',
    ]);
    expect(files.get('/var/lib/kubelet/config.yaml')?.mode).toBe('0600');
    // What changes afterwards does not take its place: the copy is of before.
    await node.sh('echo new >/var/lib/kubelet/config.yaml');
    expect(await saving.observe(given, attempt(2))).toMatchObject({ status: 'done', facts: { path } });
  });
});
