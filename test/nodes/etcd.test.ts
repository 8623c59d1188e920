import { cp, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createBackupStore } from '../../src/adapters/backup/backup-store.ts';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import { BackUpEtcd, BackUpExternalEtcd, MoveEtcdLeader } from '../../src/domain/step.ts';
import { type EtcdState, readEtcd } from '../../src/node/etcd.ts';
import { snapshotProblem } from '../../src/node/etcd-snapshot.ts';
import { backUpEtcd, backUpExternalEtcd } from '../../src/steps/back-up-etcd.ts';
import { lookAtEtcd } from '../../src/steps/etcd-health.ts';
import { moveEtcdLeader } from '../../src/steps/move-etcd-leader.ts';
import { attempt } from './support/attempt.ts';
import { etcdctl, formEtcdCluster, restoreEtcdCluster, revisionBump, timesAsked } from './support/etcd.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { addressOf } from './support/network.ts';
import { type LabNode, startNode } from './support/node.ts';
import { until } from './support/shell.ts';

const base = inject('base');

describe.skipIf(base === '')('etcd with three members', () => {
  let nodes: LabNode[];
  let hosts: RemoteHosts;
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(inject('scratch'), 'backups-'));
    nodes = await Promise.all(
      [31, 32, 33].map((number, index) => startNode(base, `kub-etcd-${index + 1}`, number)),
    );
    await formEtcdCluster(nodes);
    hosts = hostsFor(nodes, await configFor(nodes));
  });
  afterAll(async () => {
    hosts?.close();
    await Promise.all((nodes ?? []).map((node) => node.dispose()));
  });

  const hostOf = (node: LabNode) => hosts.hostOf(lab, nameOf(node));
  const first = () => nodes[0] as LabNode;
  const leaderIn = (state: EtcdState) => state.members.find((member) => member.isLeader)?.name;
  const nodeOf = (name: string | undefined) => nodes.find((node) => node.name === name) as LabNode;
  const whole = (node: LabNode) =>
    until('etcd to be whole', async () => (await lookAtEtcd(hostOf(node))).status === 'met' || undefined, {
      withinMs: 60_000,
      everyMs: 500,
    });

  test('is seen alike from every member, ids exact', async () => {
    const states = await Promise.all(nodes.map((node) => readEtcd(hostOf(node))));
    for (const [index, state] of states.entries()) {
      expect(state.localName).toBe(nodes[index]?.name);
      expect(state.members.map((member) => member.name).toSorted()).toEqual(nodes.map((node) => node.name));
      expect(state.members.every((member) => member.healthy && !member.isLearner)).toBe(true);
      expect(state.members.filter((member) => member.isLeader)).toHaveLength(1);
      expect(state.alarmed).toEqual([]);
    }
    const listed = await etcdctl(first(), 'member list');
    const ids = listed
      .trim()
      .split('\n')
      .map((line) => BigInt(`0x${line.split(',')[0]}`).toString());
    expect(states[0]?.members.map((member) => member.id).toSorted()).toEqual(ids.toSorted());
    expect(await lookAtEtcd(hostOf(first()))).toMatchObject({ status: 'met' });
  });

  test('hands its leadership over before the leader is worked on, and only then', async () => {
    const handler = moveEtcdLeader({ remoteHostOf: hosts.hostOf, clock: systemClock });
    const before = nodeOf(leaderIn(await readEtcd(hostOf(first()))));
    const stepOn = (node: LabNode) =>
      MoveEtcdLeader.parse({
        kind: 'move-etcd-leader',
        key: `v1/${node.name}/move`,
        input: { node: node.name },
      });
    const follower = nodes.find((node) => node !== before) as LabNode;
    expect(await handler.observe(stepOn(follower), attempt(1))).toMatchObject({ status: 'done' });

    expect(await handler.observe(stepOn(before), attempt(1))).toEqual({ status: 'to-do' });
    await handler.act(stepOn(before), attempt(1));
    const { leader } = await handler.verify(stepOn(before), attempt(1));
    expect(leader).not.toBe(before.name);
    // A second time there is nothing to do: the act must not push it on.
    expect(await handler.observe(stepOn(before), attempt(1))).toMatchObject({ status: 'done' });
    await handler.act(stepOn(before), attempt(1));
    expect(leaderIn(await readEtcd(hostOf(before)))).toBe(leader);
  });

  test('a member that is down, a learner and a node without etcd are told apart', async () => {
    const [one, two, three] = nodes as [LabNode, LabNode, LabNode];
    await two.sh('systemctl stop lab-etcd');
    const seen = await lookAtEtcd(hostOf(one));
    expect(seen).toMatchObject({ status: 'not-yet', code: 'etcd.unhealthy' });
    expect((await readEtcd(hostOf(one))).members.find((member) => member.name === two.name)).toMatchObject({
      healthy: false,
      version: '',
    });
    await expect(readEtcd(hostOf(two))).rejects.toMatchObject({ code: 'etcd.unhealthy', retry: 'transient' });
    await two.sh('systemctl start lab-etcd');
    await whole(one);

    // etcd takes no new member until all have been connected for five seconds.
    const nobody = addressOf(39);
    const add = () => etcdctl(three, `member add learner --learner --peer-urls=https://${nobody}:2380`);
    await until('the learner to be taken', add, { withinMs: 30_000, everyMs: 500 });
    expect(await lookAtEtcd(hostOf(one))).toMatchObject({ status: 'not-yet', code: 'etcd.learner-present' });
    const id = (await etcdctl(three, 'member list'))
      .split('\n')
      .find((line) => line.includes(nobody))
      ?.split(',')[0];
    await etcdctl(three, `member remove ${id}`);
    await whole(one);
  });

  const revision = async (node: LabNode) => {
    const [status] = JSON.parse(await etcdctl(node, 'endpoint status -w json'));
    return Number(status.Status.header.revision);
  };
  /** Takes a snapshot as a run does, under a name of its own, and reads the bot's copy of it. */
  const backUp = async (node: LabNode, name: string) => {
    const backups = createBackupStore({ directory: join(directory, name), keep: 3 });
    const handler = backUpEtcd({ remoteHostOf: hosts.hostOf, backups });
    const step = BackUpEtcd.parse({
      kind: 'back-up-etcd',
      key: `${name}/etcd/back-up`,
      input: { node: node.name },
    });
    expect(await handler.observe(step, attempt(1))).toEqual({ status: 'to-do' });
    await handler.act(step, attempt(1));
    const facts = await handler.verify(step, attempt(1));
    expect(await handler.observe(step, attempt(1))).toMatchObject({ status: 'done' });
    const path = facts['path'] ?? '';
    return { path, bytes: await readFile(path) };
  };

  test('a snapshot comes over whole, for the bot alone to read, and damage to it is seen', async () => {
    const node = first();
    for (let index = 0; index < 10; index++) await etcdctl(node, `put filler/${index} ${'x'.repeat(5_000)}`);
    const { path, bytes } = await backUp(node, 'whole');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await node.sh('ls /var/lib/etcd')).toBe('member\n');
    expect(await snapshotProblem(path)).toBeUndefined();

    const flipped = Buffer.from(bytes);
    flipped[1_000] = (flipped[1_000] ?? 0) ^ 1;
    await writeFile(`${path}.flipped`, flipped);
    expect(await snapshotProblem(`${path}.flipped`)).toContain('checksum');
    await writeFile(`${path}.cut`, bytes.subarray(0, -100));
    expect(await snapshotProblem(`${path}.cut`)).toContain('size');
  });

  test('all members come back from a snapshot by etcdutl with what was there, no more', async () => {
    await etcdctl(first(), "put before 'grüße'");
    const { bytes } = await backUp(first(), 'restored');
    await etcdctl(first(), 'put after 1');
    const last = await revision(first());
    const get = (node: LabNode, args: string) => etcdctl(node, `get --print-value-only ${args}`);
    expect(await get(first(), 'after')).toBe('1\n');

    await restoreEtcdCluster(nodes, bytes);

    await whole(first());
    for (const node of nodes) {
      expect(await get(node, 'before')).toBe('grüße\n');
      expect(await get(node, 'after')).toBe('');
      expect(await revision(node)).toBeGreaterThan(revisionBump);
      // Whoever still holds a revision from before is sent back to list anew, never answered from another history.
      await expect(get(node, `--rev=${last} before`)).rejects.toThrow('has been compacted');
    }
    const names = (await readEtcd(hostOf(first()))).members.map((member) => member.name);
    expect(names.toSorted()).toEqual(nodes.map((node) => node.name));
  });

  describe('that is external to a cluster', () => {
    let control: LabNode;
    let outside: RemoteHosts;
    beforeAll(async () => {
      control = await startNode(base, 'kub-outside', 34);
      const pki = 'etc/kubernetes/pki';
      await mkdir(join(control.root, pki), { recursive: true });
      for (const [from, to] of [
        ['etcd/ca.crt', 'etcd/ca.crt'],
        ['etcd/healthcheck-client.crt', 'apiserver-etcd-client.crt'],
        ['etcd/healthcheck-client.key', 'apiserver-etcd-client.key'],
      ] as const) {
        await cp(join(first().root, pki, from), join(control.root, pki, to));
      }
      // The members are no nodes of the cluster: nothing knows a way to them but the configured command.
      outside = hostsFor([control], await configFor([control]));
    });
    afterAll(async () => {
      outside?.close();
      await control?.dispose();
    });

    /** As docs/config.example.yaml has it. */
    const configured = () => [
      'etcdctl',
      `--endpoints=https://${first().address}:2379`,
      '--cacert=/etc/kubernetes/pki/etcd/ca.crt',
      '--cert=/etc/kubernetes/pki/apiserver-etcd-client.crt',
      '--key=/etc/kubernetes/pki/apiserver-etcd-client.key',
      'snapshot',
      'save',
      '{target}',
    ];
    const saving = (name: string, command: readonly string[]) => {
      const backups = createBackupStore({ directory: join(directory, name), keep: 3 });
      const handler = backUpExternalEtcd({ remoteHostOf: outside.hostOf, backups });
      const step = BackUpExternalEtcd.parse({
        kind: 'back-up-external-etcd',
        key: `${name}/back-up-external-etcd`,
        input: { node: control.name, command },
      });
      return { handler, step };
    };

    test('is saved by the configured command alone, whole, and asked for nothing else, however often a bot dies', async () => {
      await etcdctl(first(), "put outside 'grüße'");
      const { handler, step } = saving('external', configured());
      const before = await timesAsked(nodes);
      expect(await handler.observe(step, attempt(1))).toEqual({ status: 'to-do' });
      await handler.act(step, attempt(1));
      // A bot that died before it had written down that it was through.
      await handler.act(step, attempt(1));
      await handler.act(step, attempt(2));
      const { path = '', sha256 = '' } = await handler.verify(step, attempt(2));
      expect(await handler.observe(step, attempt(2))).toMatchObject({ status: 'done' });

      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await snapshotProblem(path)).toBeUndefined();
      await cp(path, join(control.root, 'root/saved.db'));
      expect(await control.sh('sha256sum </root/saved.db')).toBe(`${sha256}  -\n`);
      expect(await control.sh('etcdutl snapshot status -w json /root/saved.db')).toContain('"totalKey"');
      expect(await control.sh('find /var/lib/k8s-upgrade-bot -name "*.db*"')).toBe('');
      const after = await timesAsked(nodes);
      const asked = Object.keys(after).filter((method) => after[method] !== before[method]);
      expect(asked).toEqual(['Snapshot']);
      expect(after['Snapshot']).toBe((before['Snapshot'] ?? 0) + 1);
    });

    test.each([
      ['fails', ['sh', '-c', 'echo "cannot reach the store"; exit 3', '{target}'], 'exit status 3'],
      ['is not there', ['save-etcd-by-hand', '{target}'], 'exit status 127'],
      ['writes nothing', ['true', '{target}'], 'exit status 66'],
      ['writes what is no snapshot', ['sh', '-c', 'echo no >"$0"', '{target}'], 'arrived, but'],
    ])(
      'a command that %s is told, and leaves nothing that could be taken for a backup',
      async (_, command, why) => {
        const { handler, step } = saving(`bad-${why.replaceAll(/\W/g, '-')}`, command);
        const failure = await handler.act(step, attempt(1)).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'backup.failed', message: expect.stringContaining(why) });
        expect(await handler.observe(step, attempt(1))).toEqual({ status: 'to-do' });
      },
    );
  });

  test('of a node with an IPv6 address is asked on the loopback of that family, where alone it listens', async () => {
    const node = nodes[2] as LabNode;
    const turn = (from: string, to: string) =>
      node.sh(`sed -i 's#https://${from}:2379,#https://${to}:2379,#' /etc/kubernetes/manifests/etcd.yaml /etc/systemd/system/lab-etcd.service
        systemctl daemon-reload; systemctl restart lab-etcd`);
    await turn('127.0.0.1', '[::1]');
    await expect(etcdctl(node, 'member list')).rejects.toThrow('connection refused');
    await whole(node);
    expect((await readEtcd(hostOf(node))).localName).toBe(node.name);
    await turn('\\[::1\\]', '127.0.0.1');
    await whole(node);
  });

  test('comes back whole after the leader has lost its power', async () => {
    const leader = nodeOf(leaderIn(await readEtcd(hostOf(first()))));
    const other = nodes.find((node) => node !== leader) as LabNode;
    await leader.powerOff();
    await until(
      'another leader',
      async () => (leaderIn(await readEtcd(hostOf(other))) ?? leader.name) !== leader.name || undefined,
      { withinMs: 60_000, everyMs: 500 },
    );
    await leader.powerOn();
    await whole(leader);
    expect((await readEtcd(hostOf(leader))).members).toHaveLength(3);
  });
});
