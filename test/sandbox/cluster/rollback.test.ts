import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeNode } from '../../../sandbox/cluster/model/objects.ts';
import { eventually, type RemoteResult, type Started, started } from './support/started.ts';

let cluster: Started;
beforeEach(async () => {
  cluster = await started({ workload: 'none', workers: 1 });
});
afterEach(() => cluster.end());

const controlPlanes = ['cp-1', 'cp-2', 'cp-3'];

async function root(node: string, script: string): Promise<RemoteResult> {
  const result = await cluster.ssh(node, `sudo -n bash -c '${script.replaceAll("'", `'\\''`)}'`);
  expect(result.code, `${node}: ${script}\n${result.stdout}\n${result.stderr}`).toBe(0);
  return result;
}

const repository = (minor: string) =>
  `sed -Ei 's#/v1\\.[0-9]+/deb#/${minor}/deb#' /etc/apt/sources.list.d/kubernetes.list && apt-get update -qq`;
const saved = '/root/saved';
const save = `mkdir -p ${saved} && cp -a /etc/kubernetes/manifests ${saved}/ 2>/dev/null; cp -a /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env ${saved}/`;
const install = (version: string) =>
  `DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --allow-downgrades --allow-change-held-packages kubelet=${version} kubeadm=${version} kubectl=${version}`;

async function upgrade(node: string, kubeadm: string): Promise<void> {
  await root(
    node,
    `${save}; ${repository('v1.34')} && ${install('1.34.9-1.1')} && ${kubeadm} && systemctl daemon-reload && systemctl restart kubelet`,
  );
}

async function kubeletsAt(version: string, nodes: string[]): Promise<void> {
  await eventually(`kubelets of ${nodes.join()} at ${version}`, () =>
    nodes.every((node) => cluster.model.nodes.get(node).status.nodeInfo.kubeletVersion === version),
  );
}

async function upgradeAll(): Promise<void> {
  await upgrade('cp-1', 'kubeadm upgrade apply v1.34.9 --yes');
  for (const node of ['cp-2', 'cp-3', 'w-01']) await upgrade(node, 'kubeadm upgrade node');
  await kubeletsAt('v1.34.9', [...controlPlanes, 'w-01']);
}

const etcdctl = (node: string, words: string) =>
  cluster.ssh(
    node,
    `sudo -n bash -c 'crictl exec $(crictl ps --state Running --name "^etcd$" -q) etcdctl ${words}'`,
  );

describe('rollback', () => {
  test('a worker and the control planes go back with etcd kept at 3.6', { timeout: 30_000 }, async () => {
    await upgradeAll();
    const kubeletBack = `${repository('v1.33')} && ${install('1.33.13-1.1')} && cp -a ${saved}/config.yaml ${saved}/kubeadm-flags.env /var/lib/kubelet/ && rm -f /var/lib/kubelet/instance-config.yaml && systemctl daemon-reload && systemctl restart kubelet`;
    await root('w-01', kubeletBack);
    for (const node of controlPlanes) {
      await root(
        node,
        `for c in kube-controller-manager kube-scheduler kube-apiserver; do cp ${saved}/manifests/$c.yaml /etc/kubernetes/manifests/$c.yaml; done; for i in $(seq 120); do curl -sk https://127.0.0.1:6443/readyz | grep -q ok && curl -sk https://127.0.0.1:6443/version | grep -q 1.33.13 && break; sleep 1; done; curl -sk https://127.0.0.1:6443/version | grep -q 1.33.13`,
      );
      await root(node, kubeletBack);
    }
    await kubeletsAt('v1.33.13', [...controlPlanes, 'w-01']);
    expect(cluster.model.etcd.members.map(({ version }) => version)).toEqual(['3.6.5', '3.6.5', '3.6.5']);
    expect(cluster.model.apiVersion('cp-2')).toBe('v1.33.13');

    // The older kubeadm misses the annotation that the newer one took away.
    const plan = await cluster.ssh('cp-1', 'sudo -n kubeadm upgrade plan v1.33.13');
    expect(plan.code).toBe(1);
    expect(plan.stderr).toContain("node cp-1 doesn't have kubeadm.alpha.kubernetes.io/cri-socket annotation");
    cluster.model.store.modify<KubeNode>('Node', '', 'cp-1', (node) => ({
      ...node,
      metadata: {
        ...node.metadata,
        annotations: { 'kubeadm.alpha.kubernetes.io/cri-socket': 'unix:///run/containerd/containerd.sock' },
      },
    }));
    expect((await root('cp-1', 'kubeadm upgrade plan v1.33.13')).stdout).toContain(
      '[upgrade/versions] kubeadm version: v1.33.13',
    );
  });

  test('etcd 3.5 does not start on a cluster of 3.6 until a formal downgrade', {
    timeout: 30_000,
  }, async () => {
    await upgradeAll();
    await root('cp-2', `cp ${saved}/manifests/etcd.yaml /etc/kubernetes/manifests/etcd.yaml`);
    await eventually(
      'cp-2 crash-loops',
      () =>
        cluster.model.machine('cp-2').staticPods.pods.get('etcd')?.failure?.includes('invalid downgrade') ===
        true,
    );
    expect(cluster.model.apiState('cp-2')).toBe('hanging');
    expect(cluster.model.apiState('cp-1')).toBe('serving');

    expect((await etcdctl('cp-1', 'downgrade validate 3.4')).stderr).toContain(
      'Error: etcdserver: invalid downgrade target version',
    );
    expect((await etcdctl('cp-1', 'downgrade validate 3.5')).stdout).toBe(
      'Downgrade validate success, cluster version 3.6',
    );
    expect((await etcdctl('cp-1', 'downgrade enable 3.5')).stdout).toBe(
      'Downgrade enable success, cluster version 3.6',
    );
    await eventually('the storage is of 3.5', async () =>
      (await etcdctl('cp-1', 'endpoint status --cluster -w json')).stdout.includes(
        '"storageVersion":"3.5.0"',
      ),
    );
    for (const node of controlPlanes) {
      await root(node, `cp ${saved}/manifests/etcd.yaml /etc/kubernetes/manifests/etcd.yaml`);
      await eventually(`${node} runs 3.5`, () => {
        const member = cluster.model.etcd.memberOf(node);
        return member?.running === true && member.version === '3.5.24';
      });
    }
    expect(cluster.model.etcd.clusterMinor).toBe(5);
    await eventually('all serve', () =>
      controlPlanes.every((node) => cluster.model.apiState(node) === 'serving'),
    );
  });

  test('a snapshot restored on every member brings the old objects and loses the new ones', {
    timeout: 30_000,
  }, async () => {
    const { store, etcd } = cluster.model;
    const ids = etcd.members.map(({ id }) => id);
    await etcdctl('cp-1', 'snapshot save /var/lib/etcd/snap.db');
    const snapshot = (await root('cp-1', 'mv /var/lib/etcd/snap.db /root/ && base64 -w0 /root/snap.db'))
      .stdout;
    store.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'later', namespace: 'default' },
      data: {},
    });
    const revision = store.revision;

    for (const node of controlPlanes) {
      if (node !== 'cp-1')
        await cluster.ssh(node, 'base64 -d | sudo -n tee /root/snap.db >/dev/null', snapshot);
      await root(node, 'mkdir -p /root/stopped && mv /etc/kubernetes/manifests/*.yaml /root/stopped/');
    }
    for (const node of controlPlanes) {
      await root(
        node,
        'for i in $(seq 90); do [ -z "$(crictl ps -q --name "^(etcd|kube-apiserver|kube-controller-manager|kube-scheduler)$")" ] && break; sleep 1; done; [ -z "$(crictl ps -q --name "^etcd$")" ]',
      );
    }
    expect(cluster.model.apiAvailable()).toBe(false);
    const restore = (node: string, directory: string) =>
      `etcdutl snapshot restore /root/snap.db --data-dir ${directory} --name ${node} --initial-cluster-token again --bump-revision 1000000000 --mark-compacted`;
    const refused = await cluster.ssh('cp-1', `sudo -n ${restore('cp-1', '/var/lib/etcd')}`);
    expect(refused).toMatchObject({
      code: 1,
      stderr: 'Error: data-dir "/var/lib/etcd" not empty or could not be read',
    });
    for (const node of controlPlanes) {
      await root(
        node,
        `mkdir -p /root/aside && mv /var/lib/etcd/* /root/aside/ && ${restore(node, '/var/lib/etcd/restored')} && mv /var/lib/etcd/restored/member /var/lib/etcd/ && rmdir /var/lib/etcd/restored`,
      );
    }
    for (const component of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
      for (const node of controlPlanes)
        await root(node, `cp /root/stopped/${component}.yaml /etc/kubernetes/manifests/`);
    }
    await eventually('all serve again', () =>
      controlPlanes.every((node) => cluster.model.apiState(node) === 'serving'),
    );
    expect(store.get('ConfigMap', 'default', 'later')).toBeUndefined();
    expect(store.get('ConfigMap', 'kube-system', 'kubeadm-config')).toBeDefined();
    expect(store.revision).toBeGreaterThan(revision + 1_000_000_000);
    expect(etcd.members.map(({ id }) => id)).not.toEqual(ids);
    for (const node of [...controlPlanes, 'w-01']) await root(node, 'systemctl restart kubelet');
    await eventually('every node is Ready and every mirror pod is back', () => {
      const mirrors = store
        .list('Pod', 'kube-system')
        .filter(({ metadata }) => metadata.labels?.tier === 'control-plane');
      return (
        mirrors.length === 12 &&
        store
          .list<KubeNode>('Node')
          .every(({ status }) =>
            status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
          )
      );
    });
  });
});
