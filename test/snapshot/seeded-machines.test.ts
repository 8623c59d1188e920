import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startCluster } from '../../sandbox/cluster/index.ts';
import type { SeedRequest } from '../../sandbox/cluster/seeds/plant.ts';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { ClusterName } from '../../src/domain/names.ts';
import { MinorVersion, version } from '../../src/domain/version.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot.ts';
import { accessTo } from '../support/sandbox-access.ts';
import { policyOf } from '../support/snapshots.ts';

const cluster = ClusterName.parse('seeded');
const on = (name: string, node: string, more: SeedRequest['parameters'] = {}): SeedRequest => ({
  name,
  parameters: { node, ...more },
});

/** What machines and configuration are seeded with, what is found of it and on which object. */
const planted: [SeedRequest, code: string, object: string][] = [
  [on('swap-on', 'w-01'), 'node.swap-on', 'w-01'],
  [on('cgroup-v1', 'w-02'), 'node.cgroup-v1', 'w-02'],
  [on('clock-skew', 'w-02'), 'node.clock-skew', 'w-02'],
  [on('low-disk', 'cp-2', { path: '/var/lib/etcd', gigabytes: 0.001 }), 'node.disk-low', 'cp-2'],
  [on('leftovers', 'cp-1'), 'kubeadm.leftovers', 'cp-1'],
  [on('removed-flag', 'w-01'), 'configuration.flag-removed', 'w-01'],
  [{ name: 'removed-gate' }, 'configuration.feature-gate-removed', 'kubelet-config'],
  [on('kubelet-config-edited', 'w-02'), 'kubeadm.kubelet-config-edited', 'w-02'],
  [on('edited-manifest', 'cp-1'), 'kubeadm.manifest-edited', 'cp-1'],
  [on('stray-manifest', 'cp-3'), 'kubeadm.stray-manifest', 'cp-3'],
  [on('certificate-expiry', 'cp-1'), 'certificates.expired', 'apiserver'],
  [on('old-runtime', 'w-01'), 'node.runtime-too-old', 'w-01'],
  [on('cri-socket-lost', 'w-02'), 'kubeadm.cri-socket-missing', 'w-02'],
  [on('kubelet-not-restarted', 'w-01', { version: '1.34.9' }), 'skew.kubelet-not-restarted', 'w-01'],
  [on('cordoned', 'w-01'), 'node.cordoned-by-others', 'w-01'],
  [on('etcd-alarm', 'cp-2'), 'etcd.alarm', 'cp-2'],
  [on('etcd-size', 'cp-3'), 'etcd.space-low', 'cp-3'],
  [
    {
      name: 'extra-argument',
      parameters: { component: 'scheduler', argument: 'feature-gates=PodDisruptionConditions=true' },
    },
    'configuration.feature-gate-removed',
    'kubeadm-config',
  ],
];

/** What stands in a sandbox cluster's plan without any seed: its etcd, its shop. */
const ofItsOwn = ['etcd.below-recommended', 'drain.empty-dir-data'];

async function findingsWith(seeds: readonly SeedRequest[]): Promise<Finding[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'seeded-machines-'));
  const sandbox = await startCluster({
    name: 'seeded',
    controlPlanes: 3,
    workers: 4,
    version: 'v1.33.13',
    offered: ['1.33.13', '1.34.9'],
    timeScale: 50,
    directory,
    seeds,
  });
  const { kubernetes, hosts, close } = accessTo(sandbox);
  try {
    const look = await gatherSnapshot({
      cluster,
      kubernetes,
      hostOf: (node) => hosts.hostOf(cluster, node),
      clock: systemClock,
      offeredMinors: [MinorVersion.parse('1.34')],
    });
    if (look.status !== 'observed') throw new Error(JSON.stringify(look));
    return planUpgrade({ cluster, target: version('1.34.9') }, look.snapshot, policyOf()).findings;
  } finally {
    close();
    await sandbox.stop();
    await rm(directory, { recursive: true });
  }
}

test('machines without seeds show nothing but what is the cluster’s own', async () => {
  const codes = (await findingsWith([])).map(({ code }) => code);
  expect(codes.filter((code) => !ofItsOwn.includes(code))).toEqual([]);
}, 20_000);

test('every seed is found by the real adapters, on the object that it was planted on', async () => {
  const found = await findingsWith(planted.map(([request]) => request));
  const missed = planted.filter(
    ([, code, object]) =>
      !found.some((finding) => finding.code === code && finding.objects.some(({ name }) => name === object)),
  );
  expect(missed).toEqual([]);
}, 20_000);
