import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxCluster, startCluster } from '../../sandbox/cluster/index.ts';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { ClusterName, NodeName, RunId } from '../../src/domain/names.ts';
import { Snapshot } from '../../src/domain/snapshot.ts';
import { MinorVersion } from '../../src/domain/version.ts';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot.ts';
import { offeredVersions } from '../../src/snapshot/offered-versions.ts';
import { accessTo, type SandboxAccess } from '../support/sandbox-access.ts';

const cluster = ClusterName.parse('sandbox');
const run = RunId.parse('abc234');
const w1 = NodeName.parse('w-01');

/** The real adapters against the simulated cluster: its API servers over HTTPS, its machines over SSH. */
describe('the simulated cluster', () => {
  let directory: string;
  let sandbox: SandboxCluster;
  let access: SandboxAccess;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'sandbox-cluster-'));
    sandbox = await startCluster({
      name: 'sandbox',
      controlPlanes: 3,
      workers: 2,
      version: 'v1.33.13',
      offered: ['1.33.13', '1.34.8', '1.34.9'],
      timeScale: 50,
      directory,
      workload: { shop: true, barePodOn: 'w-02' },
    });
    access = accessTo(sandbox);
  }, 30_000);
  afterEach(async () => {
    for (const { id } of sandbox.faults.active()) await sandbox.faults.disable(id);
  });
  afterAll(async () => {
    access.close();
    await sandbox.stop();
    await rm(directory, { recursive: true });
  });

  const hostOf = (node: NodeName) => access.hosts.hostOf(cluster, node);
  const observe = async (): Promise<Snapshot> => {
    const look = await gatherSnapshot({
      cluster,
      kubernetes: access.kubernetes,
      hostOf,
      clock: systemClock,
      offeredMinors: [MinorVersion.parse('1.34')],
    });
    if (look.status !== 'observed') throw new Error(JSON.stringify(look));
    return Snapshot.parse(look.snapshot);
  };

  it('is observed whole', async () => {
    const snapshot = await observe();
    expect(snapshot.gaps).toEqual([]);
    expect(Object.values(snapshot.apiServers)).toEqual(['v1.33.13', 'v1.33.13', 'v1.33.13']);
    expect(snapshot.nodes.map(({ name, role, host }) => [name, role, host.status])).toEqual([
      ['cp-1', 'control-plane', 'reached'],
      ['cp-2', 'control-plane', 'reached'],
      ['cp-3', 'control-plane', 'reached'],
      ['w-01', 'worker', 'reached'],
      ['w-02', 'worker', 'reached'],
    ]);
    expect(snapshot.nodes[0]).toMatchObject({
      kubeletVersion: 'v1.33.13',
      controlPlane: { apiServer: 'v1.33.13', controllerManager: 'v1.33.13', scheduler: 'v1.33.13' },
      host: {
        packages: { kubeadm: '1.33.13', kubelet: '1.33.13', kubectl: '1.33.13' },
        held: ['kubeadm', 'kubelet', 'kubectl'],
        repositoryMinor: '1.33',
        offered: ['v1.34.8', 'v1.34.9'],
      },
    });
    expect(snapshot.nodes[4]?.pods.unmanaged).toEqual(['shop/bare']);
    const members = snapshot.etcd.topology === 'stacked' ? snapshot.etcd.members : [];
    expect(members.map(({ node, healthy }) => [node, healthy])).toEqual([
      ['cp-1', true],
      ['cp-2', true],
      ['cp-3', true],
    ]);
    expect(members.filter(({ isLeader }) => isLeader)).toHaveLength(1);
    expect(snapshot.pdbs.map(({ name, nodes }) => [name, nodes.length > 0])).toEqual([
      ['db', true],
      ['web', true],
    ]);
    expect(new Set(snapshot.certificates.map(({ node }) => node)).size).toBe(3);
    expect(snapshot.addons.kubeProxyImage).toContain('v1.33.13');
  });

  it('is observed while one API server and one machine are gone', async () => {
    await sandbox.faults.enable('api-endpoint-down', { node: 'cp-1' });
    await sandbox.faults.enable('ssh-refused', { node: 'w-01' });
    const snapshot = await observe();
    expect(Object.values(snapshot.apiServers)).toEqual(['v1.33.13', 'v1.33.13']);
    expect(snapshot.nodes.find(({ name }) => name === 'w-01')?.host).toMatchObject({
      status: 'unreachable',
      code: 'ssh.unreachable',
    });
    expect(snapshot.nodes.filter(({ host }) => host.status === 'reached')).toHaveLength(4);
  });

  it('offers the versions of its repositories', async () => {
    expect(await offeredVersions({ kubernetes: access.kubernetes, hostOf })).toEqual({
      status: 'known',
      current: 'v1.33.13',
      offered: ['v1.33.13', 'v1.34.8', 'v1.34.9'],
    });
  });

  it('is cordoned and uncordoned by mark', async () => {
    await access.kubernetes.cordon(w1, run);
    expect(await access.kubernetes.getNode(w1)).toMatchObject({
      unschedulable: true,
      annotations: { 'k8s-upgrade-bot/cordoned-by': run },
    });
    expect(await access.kubernetes.uncordon(w1, RunId.parse('zzz999'))).toBe(false);
    expect(await access.kubernetes.uncordon(w1, run)).toBe(true);
    const node = await access.kubernetes.getNode(w1);
    expect(node?.unschedulable).toBe(false);
    expect(node?.annotations).not.toHaveProperty('k8s-upgrade-bot/cordoned-by');
  });

  it('evicts what its budgets allow, and says which one does not', async () => {
    const [db] = await access.kubernetes.listPods({ namespace: 'shop', labelSelector: 'app=db' });
    if (!db) throw new Error('the shop has a database');
    expect(await access.kubernetes.evictPod({ ...db, uid: 'another' }, -1)).toEqual({ status: 'gone' });
    await sandbox.faults.enable('eviction-webhook-fails');
    expect(await access.kubernetes.evictPod(db, -1)).toMatchObject({ status: 'refused', code: 500 });
    await sandbox.faults.disable('eviction-webhook-fails');
    expect(await access.kubernetes.evictPod(db, -1)).toEqual({ status: 'accepted' });
    const others = await access.kubernetes.listPods({ namespace: 'shop', labelSelector: 'app=db' });
    const other = others.find(({ name }) => name !== db.name);
    if (!other) throw new Error('the database has more than one pod');
    expect(await access.kubernetes.evictPod(other, -1)).toMatchObject({
      status: 'blocked',
      message: expect.stringContaining('The disruption budget db needs 2 healthy pods'),
    });
  });

  it('tells of its leases and rollouts', async () => {
    expect(await access.kubernetes.nodeLeaseRenewedAt(w1)).toBeTypeOf('number');
    expect(await access.kubernetes.getDaemonSet('kube-system', 'kube-proxy')).toMatchObject({
      desired: 5,
      observed: true,
    });
    expect(await access.kubernetes.getDeployment('kube-system', 'coredns')).toMatchObject({
      desired: 2,
      observed: true,
    });
    expect(await access.kubernetes.getPod('shop', 'nobody')).toBeUndefined();
  });
});
