import { createHash } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createBackupStore } from '../../src/adapters/backup/backup-store.ts';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { RunId, StepKey } from '../../src/domain/names.ts';
import type { SavedFile } from '../../src/domain/rollback.ts';
import { type Step, Step as StepSchema } from '../../src/domain/step.ts';
import { criSocketAnnotation } from '../../src/node/cri-socket.ts';
import { readEtcd } from '../../src/node/etcd.ts';
import { outboxOf } from '../../src/node/files.ts';
import type { StepFacts, StepHandler } from '../../src/ports/step-handler.ts';
import { backUpEtcd } from '../../src/steps/back-up-etcd.ts';
import { backUpNodeFiles } from '../../src/steps/back-up-node-files.ts';
import { restoreEtcd } from '../../src/steps/rollback/restore-etcd.ts';
import { restoreNodeFiles } from '../../src/steps/rollback/restore-node-files.ts';
import { restoreStaticPods } from '../../src/steps/rollback/restore-static-pods.ts';
import { stopStaticPods } from '../../src/steps/rollback/stop-static-pods.ts';
import { fakeKubernetes, nodeObject } from '../support/fake-kubernetes.ts';
import { attempt } from './support/attempt.ts';
import { etcdctl, formEtcdCluster, startKubelet } from './support/etcd.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { type LabNode, startNode } from './support/node.ts';

const base = inject('base');
const run = RunId.parse('zyx987');

describe.skipIf(base === '')('back on three machines with etcd', () => {
  let nodes: LabNode[];
  let hosts: RemoteHosts;
  let backups: ReturnType<typeof createBackupStore>;
  const kubernetes = fakeKubernetes(systemClock);
  beforeAll(async () => {
    const directory = await mkdtemp(join(inject('scratch'), 'backups-'));
    backups = createBackupStore({ directory, keep: 3 });
    nodes = await Promise.all(
      [41, 42, 43].map((number, index) => startNode(base, `kub-back-${index + 1}`, number)),
    );
    for (const node of nodes) kubernetes.nodes.set(nameOf(node), nodeObject(node.name));
    // One machine has a disk of its own for etcd.
    await last().sh('mkdir -p /var/lib/etcd && mount -t tmpfs -o mode=700 tmpfs /var/lib/etcd');
    await formEtcdCluster(nodes);
    await Promise.all(nodes.map(startKubelet));
    hosts = hostsFor(nodes, await configFor(nodes));
  });
  afterAll(async () => {
    hosts?.close();
    await Promise.all((nodes ?? []).map((node) => node.dispose()));
  });
  const first = () => nodes[0] as LabNode;
  const last = () => nodes[2] as LabNode;

  const handlers = () => {
    const deps = {
      kubernetesOf: () => kubernetes,
      remoteHostOf: hosts.hostOf,
      backups,
      clock: systemClock,
    };
    return {
      'restore-node-files': restoreNodeFiles(deps),
      'stop-static-pods': stopStaticPods(deps),
      'restore-etcd': restoreEtcd(deps),
      'restore-static-pods': restoreStaticPods(deps),
    };
  };
  /** One attempt as the executor makes it. */
  const take = async (
    given: { kind: keyof ReturnType<typeof handlers>; node: LabNode; number?: number } & Record<
      string,
      unknown
    >,
  ) => {
    const { kind, node, number = 1, ...input } = given;
    const step = StepSchema.parse({
      kind,
      key: StepKey.parse(`back/${node.name}/${kind}`),
      input: { node: node.name, ...input },
    });
    const handler = handlers()[kind] as StepHandler<Step>;
    const context = { ...attempt(number), run };
    const observed = await handler.observe(step, context);
    if (observed.status === 'done') return { alreadyDone: true, facts: observed.facts };
    await handler.act(step, context);
    return { alreadyDone: false, facts: await handler.verify(step, context) };
  };
  const everywhere = <T>(what: (node: LabNode) => Promise<T>) => Promise.all(nodes.map(what));
  const savedAs = (facts: StepFacts): SavedFile => ({
    run: RunId.parse('abc234'),
    path: facts['path'] ?? '',
    sha256: facts['sha256'] ?? '',
  });

  /** What an upgrade has saved before it began. */
  const backUpFiles = async (node: LabNode, number: number): Promise<SavedFile> => {
    const handler = backUpNodeFiles({ remoteHostOf: hosts.hostOf, backups });
    const step = StepSchema.parse({
      kind: 'back-up-node-files',
      key: `v1/${node.name}/files`,
      input: { node: node.name, role: 'control-plane' },
    }) as Parameters<typeof handler.act>[0];
    await handler.act(step, attempt(number));
    return savedAs(await handler.verify(step, attempt(number)));
  };

  test("the kubelet's files come back as they were, byte for byte, with their modes", async () => {
    const node = first();
    await node.sh(`mkdir -p /var/lib/kubelet /etc/systemd/system/kubelet.service.d /etc/default
      echo 'staticPodPath: /etc/kubernetes/manifests # grüße' >/var/lib/kubelet/config.yaml
      echo 'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"' >/var/lib/kubelet/kubeadm-flags.env
      printf '[Service]\\n' >/etc/systemd/system/kubelet.service.d/20-ours.conf
      chmod 640 /var/lib/kubelet/config.yaml`);
    const state = () =>
      node.sh(
        'cd / && for f in var/lib/kubelet/* etc/systemd/system/kubelet.service.d/*; do stat -c "%a %n" $f; sha256sum $f; done',
      );
    const before = await state();
    const backup = await backUpFiles(node, 1);
    await node.sh(`echo 'newer: true' >/var/lib/kubelet/config.yaml; chmod 600 /var/lib/kubelet/config.yaml
      echo 'KUBELET_KUBEADM_ARGS=""' >/var/lib/kubelet/kubeadm-flags.env
      echo 'containerRuntimeEndpoint: x' >/var/lib/kubelet/instance-config.yaml
      rm /etc/systemd/system/kubelet.service.d/20-ours.conf`);
    const back = { kind: 'restore-node-files', node, role: 'control-plane', backup } as const;
    expect(await take(back)).toMatchObject({ alreadyDone: false });
    expect(await state()).toBe(before);
    expect(kubernetes.nodes.get(nameOf(node))?.annotations[criSocketAnnotation]).toBe(
      'unix:///run/containerd/containerd.sock',
    );
    expect(await take(back)).toMatchObject({ alreadyDone: true });
  });

  test('three members go back to a snapshot: the older keys are there, the newer gone, the old data aside', async () => {
    await etcdctl(first(), "put before 'grüße'");
    const files = new Map(await everywhere(async (node) => [node, await backUpFiles(node, 2)] as const));
    const backUp = backUpEtcd({ remoteHostOf: hosts.hostOf, backups });
    const saving = StepSchema.parse({
      kind: 'back-up-etcd',
      key: 'v1/etcd/back-up',
      input: { node: first().name },
    }) as Parameters<typeof backUp.act>[0];
    await backUp.act(saving, attempt(1));
    const snapshot = savedAs(await backUp.verify(saving, attempt(1)));
    await etcdctl(first(), 'put after 1');

    kubernetes.unavailable = () => true;
    await everywhere((node) => take({ kind: 'stop-static-pods', node, pods: ['etcd'] }));
    for (const node of nodes)
      expect(await node.sh('systemctl is-active lab-etcd || true')).toBe('inactive\n');

    const restore = (node: LabNode, number = 1) =>
      take({
        kind: 'restore-etcd',
        node,
        number,
        backup: snapshot,
        minor: '3.5',
        member: node.name,
        members: nodes.map(({ name, address }) => ({ name, peerUrl: `https://${address}:2380` })),
        token: `back-${run}`,
      });
    // A restore that somebody kills in the middle leaves half of it, and is done anew by the next attempt.
    await first().sh(
      `mkdir -p /var/lib/etcd/.restoring-back-${run}/member/snap; head -c 1000 /dev/urandom >/var/lib/etcd/.restoring-back-${run}/member/snap/db`,
    );
    const restored = await everywhere((node) => restore(node));
    expect(restored.map(({ alreadyDone }) => alreadyDone)).toEqual([false, false, false]);
    expect(await everywhere((node) => restore(node, 2))).toMatchObject([
      { alreadyDone: true },
      { alreadyDone: true },
      { alreadyDone: true },
    ]);

    await everywhere((node) =>
      take({
        kind: 'restore-static-pods',
        node,
        version: 'v1.33.13',
        pods: ['etcd'],
        backup: files.get(node),
      }),
    );
    kubernetes.unavailable = () => false;
    for (const [index, node] of nodes.entries()) {
      expect(await etcdctl(node, 'get --print-value-only before')).toBe('grüße\n');
      expect(await etcdctl(node, 'get --print-value-only after')).toBe('');
      const aside = restored[index]?.facts['old data'] ?? '';
      expect(aside).toMatch(
        node === last() ? /^\/var\/lib\/etcd\/before-zyx987-/ : /^\/var\/lib\/etcd-zyx987-/,
      );
      const [db] = (await node.sh(`stat -c '%s %a' ${aside}/member/snap/db`)).split(' ');
      expect(Number(db)).toBeGreaterThan(10_000);
      expect(await node.sh(`ls ${outboxOf(run)}`)).not.toContain('restore.db');
    }
    const { members } = await readEtcd(hosts.hostOf(lab, nameOf(first())));
    expect(members.map(({ name, healthy }) => [name, healthy])).toEqual(
      expect.arrayContaining(nodes.map(({ name }) => [name, true])),
    );
    expect(
      createHash('sha256')
        .update(await readFile(snapshot.path))
        .digest('hex'),
    ).toBe(snapshot.sha256);
    // Whoever asks again finds it done, with etcd running on the restored data.
    expect(
      await take({
        kind: 'restore-static-pods',
        node: last(),
        version: 'v1.33.13',
        pods: ['etcd'],
        backup: files.get(last()),
      }),
    ).toMatchObject({ alreadyDone: true });
  });
});
