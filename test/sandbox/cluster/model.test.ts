import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startCluster } from '../../../sandbox/cluster/index.ts';
import { Clock } from '../../../sandbox/cluster/model/clock.ts';
import { components, manifest } from '../../../sandbox/cluster/model/manifests.ts';
import { Random } from '../../../sandbox/cluster/model/random.ts';
import { ObjectStore } from '../../../sandbox/cluster/model/store.ts';
import { eventually, type Started, started } from './support/started.ts';

describe('the clock', () => {
  test('passes as many times faster as its scale says, also when it changes on the way', async () => {
    const clock = new Clock(1_000);
    const began = performance.now();
    await clock.sleep(20_000);
    expect(performance.now() - began).toBeLessThan(500);
    const slow = clock.sleep(60_000);
    clock.setScale(0.001);
    const settled = await Promise.race([
      slow.then(() => 'over'),
      new Promise((resolve) => setTimeout(resolve, 50, 'waiting')),
    ]);
    expect(settled).toBe('waiting');
    clock.setScale(10_000);
    await slow;
    clock.stop();
  });

  test('fires in order of time, then of asking, and never after it was cancelled or stopped', async () => {
    const clock = new Clock(1_000);
    const fired: string[] = [];
    clock.after(3_000, () => fired.push('third'));
    clock.after(1_000, () => fired.push('first'));
    clock.after(1_000, () => fired.push('second'));
    clock.after(2_000, () => fired.push('cancelled'))();
    await clock.sleep(4_000);
    expect(fired).toEqual(['first', 'second', 'third']);
    clock.after(1, () => fired.push('stopped'));
    clock.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fired).toHaveLength(3);
  });

  test('stands still while the host is too busy to fire its timers', async () => {
    const clock = new Clock(1_000);
    clock.after(5_000, () => {});
    const before = clock.elapsed();
    const until = performance.now() + 100;
    while (performance.now() < until);
    expect(clock.elapsed() - before).toBeLessThan(20_000);
    clock.stop();
  });

  test('refuses a scale that is none', () => {
    for (const scale of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => new Clock(scale)).toThrow(RangeError);
  });
});

describe('the store', () => {
  test('gives every change a revision of its own and forgets the oldest', () => {
    const store = new ObjectStore(new Random(1));
    store.historyLimit = 10;
    const first = store.revision;
    for (let i = 0; i < 40; i++)
      store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${i}`, namespace: 'n' } });
    expect(store.revision).toBe(first + 40);
    expect(store.since(store.revision)).toEqual([]);
    expect(store.since(store.revision - 3)?.map(({ revision }) => revision)).toEqual([
      store.revision - 2,
      store.revision - 1,
      store.revision,
    ]);
    expect(store.since(first)).toBeUndefined();
  });

  test('finds pods by node and by owner as they move', () => {
    const store = new ObjectStore(new Random(1));
    const owner = { apiVersion: 'v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true };
    store.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'n', ownerReferences: [owner] },
      spec: {},
    });
    expect(store.podsOn('a')).toEqual([]);
    store.modify('Pod', 'n', 'p', (pod) => ({ ...pod, spec: { nodeName: 'a' } }));
    expect(store.podsOn('a')).toHaveLength(1);
    expect(store.ownedBy('Pod', 'u')).toHaveLength(1);
    store.remove('Pod', 'n', 'p');
    expect([store.podsOn('a'), store.ownedBy('Pod', 'u'), store.list('Pod', 'n')]).toEqual([[], [], []]);
  });

  test('the same seed names everything alike', () => {
    const names = (seed: number) => {
      const random = new Random(seed);
      return [random.suffix(), random.uid(), random.uint64().toString()];
    };
    expect(names(7)).toEqual(names(7));
    expect(names(7)).not.toEqual(names(8));
  });
});

describe('manifests', () => {
  test('have the sizes that real ones had, of 1.33 and of 1.34', () => {
    const site = { node: 'cp1', address: '10.77.0.11', initialCluster: ['cp1=https://10.77.0.11:2380'] };
    const sizes = (version: string) =>
      components.map((component) => manifest(component, version, site).length);
    expect(sizes('v1.33.13')).toEqual([2_517, 3_873, 3_394, 1_657]);
    expect(sizes('v1.34.9')).toEqual([2_574, 3_944, 3_458, 1_726]);
    const joined = { ...site, initialCluster: [...site.initialCluster, 'cp2=https://10.77.0.12:2380'] };
    expect(manifest('etcd', 'v1.33.13', joined).length).toBe(2_584);
  });
});

describe('the kubelet', () => {
  let cluster: Started | undefined;
  afterEach(async () => cluster?.end());

  test('goes on with the old version after an install until it is restarted', async () => {
    cluster = await started({ workload: 'none', controlPlanes: 1, workers: 1 });
    const { ssh, model } = cluster;
    await ssh('w-01', "sudo -n sed -i 's#v1.33/deb#v1.34/deb#' /etc/apt/sources.list.d/kubernetes.list");
    await ssh('w-01', 'sudo -n apt-get update -qq');
    await ssh('w-01', 'sudo -n apt-get install -y -qq --allow-change-held-packages kubelet=1.34.9-1.1');
    expect((await ssh('w-01', 'kubelet --version')).stdout).toBe('Kubernetes v1.34.9');
    expect((await ssh('w-01', 'systemctl show kubelet -p NeedDaemonReload')).stdout).toBe(
      'NeedDaemonReload=yes',
    );
    await model.clock.sleep(30_000);
    expect(model.nodes.get('w-01').status.nodeInfo.kubeletVersion).toBe('v1.33.13');
    await ssh('w-01', 'sudo -n systemctl daemon-reload && sudo -n systemctl restart kubelet');
    await eventually(
      'it reports the new version',
      () => model.nodes.get('w-01').status.nodeInfo.kubeletVersion === 'v1.34.9',
    );
  });

  test.each([
    [
      'without its configuration',
      'mv /var/lib/kubelet/config.yaml /root/',
      'failed to load kubelet config file',
    ],
    [
      'with a feature gate of a later version',
      'sh -c \'echo "featureGates: {PodCertificateRequest: true}" >> /var/lib/kubelet/config.yaml\'',
      'unrecognized feature gate: PodCertificateRequest',
    ],
    [
      'without its kubeconfig',
      'mv /etc/kubernetes/kubelet.conf /root/',
      'unable to load bootstrap kubeconfig',
    ],
  ])('crash-loops %s', async (_, spoil, words) => {
    cluster = await started({ workload: 'none', controlPlanes: 1, workers: 1 });
    const { ssh } = cluster;
    await ssh('w-01', `sudo -n ${spoil}`);
    await ssh('w-01', 'sudo -n systemctl restart kubelet');
    await eventually('systemd starts it again and again', async () => {
      const { stdout } = await ssh('w-01', 'systemctl show kubelet -p ActiveState,SubState,NRestarts');
      return /NRestarts=[1-9]\d*\nActiveState=activating\nSubState=auto-restart/.test(stdout);
    });
    expect((await ssh('w-01', 'sudo -n journalctl -u kubelet -n 20 -o cat')).stdout).toContain(words);
  });
});

test('a stopped cluster leaves nothing that keeps the process alive', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-stop-'));
  const entry = new URL('../../../sandbox/cluster/index.ts', import.meta.url).href;
  const options = {
    name: 'x',
    controlPlanes: 1,
    workers: 1,
    version: 'v1.33.13',
    offered: ['1.33.13'],
    timeScale: 60,
    directory,
  };
  const script = `const { startCluster } = await import('${entry}');
    const cluster = await startCluster(${JSON.stringify(options)});
    await cluster.faults.enable('node-reboot', { node: 'w-01' });
    await cluster.stop();`;
  const code = await new Promise((resolve) => {
    execFile(process.execPath, ['--input-type=module', '-e', script], { timeout: 15_000 }, (error) =>
      resolve(error?.code ?? error?.signal ?? 0),
    );
  });
  await rm(directory, { recursive: true, force: true });
  expect(code).toBe(0);
});

test('a thousand nodes and thirty thousand pods can be had', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-bulk-'));
  const workload = { bulk: { nodes: 1_000, pods: 30_000, budgets: 500 } };
  const cluster = await startCluster({
    name: 'bulk',
    controlPlanes: 1,
    workers: 0,
    version: 'v1.33.13',
    offered: ['1.33.13'],
    timeScale: 60,
    directory,
    workload,
  });
  try {
    const { store } = cluster.model;
    expect([store.count('Node'), store.count('PodDisruptionBudget')]).toEqual([1_001, 500]);
    // The DaemonSet has a pod on each of them too.
    expect(store.count('Pod')).toBe(30_000 + 1_001 + 4 + 2);
    expect(
      store
        .list('PodDisruptionBudget')
        .every(({ status }) => (status as { disruptionsAllowed: number }).disruptionsAllowed === 1),
    ).toBe(true);
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
