import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeNode, Pod } from '../../../sandbox/cluster/model/objects.ts';
import { kubectl } from './support/kubectl.ts';
import { eventually, type RemoteResult, type Started, started } from './support/started.ts';

let cluster: Started;
beforeAll(async () => {
  cluster = await started({ workload: 'none' });
});
afterAll(() => cluster.end());

const etcdctl =
  "crictl exec $(crictl ps --state Running --name '^etcd$' -q) etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key";

async function root(node: string, script: string): Promise<RemoteResult> {
  const result = await cluster.ssh(node, `sudo -n bash -c '${script.replaceAll("'", `'\\''`)}'`);
  expect(result.code, `${node}: ${script}\n${result.stdout}\n${result.stderr}`).toBe(0);
  return result;
}

const switchRepository =
  "sed -Ei 's#/v1\\.[0-9]+/deb#/v1.34/deb#' /etc/apt/sources.list.d/kubernetes.list && apt-get update -qq";
const kubeadmPackage =
  'apt-mark unhold kubeadm && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq kubeadm=1.34.9-1.1 && apt-mark hold kubeadm';
const kubeletPackages =
  'apt-mark unhold kubelet kubectl && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq kubelet=1.34.9-1.1 kubectl=1.34.9-1.1 && apt-mark hold kubelet kubectl && systemctl daemon-reload && systemctl restart kubelet';

async function takeNode(node: string, kubeadm: string): Promise<string> {
  await root(node, `${switchRepository} && ${kubeadmPackage}`);
  const { stdout } = await root(node, kubeadm);
  const drained = await kubectl(
    cluster.kubeconfigPath,
    'drain',
    node,
    '--ignore-daemonsets',
    '--delete-emptydir-data',
    '--force',
    '--timeout=60s',
  );
  expect(drained.code, drained.stderr).toBe(0);
  await root(node, kubeletPackages);
  await eventually(`${node} at v1.34.9 and Ready`, () => {
    const { status } = cluster.model.nodes.get(node);
    return (
      status.nodeInfo.kubeletVersion === 'v1.34.9' &&
      status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')
    );
  });
  expect((await kubectl(cluster.kubeconfigPath, 'uncordon', node)).stdout).toBe(`node/${node} uncordoned\n`);
  return stdout;
}

test('the commands of a hand-made upgrade take every node to v1.34.9, addons last', {
  timeout: 60_000,
}, async () => {
  const before = JSON.parse((await root('cp-1', `${etcdctl} endpoint status --cluster -w json`)).stdout) as {
    Status: { version: string };
  }[];
  expect(before.map(({ Status }) => Status.version)).toEqual(['3.5.24', '3.5.24', '3.5.24']);

  const applied = await takeNode('cp-1', 'kubeadm upgrade apply v1.34.9 --yes');
  expect(applied).toContain(
    '[upgrade/addon] Skipping upgrade of addons because control plane instances [cp-2 cp-3] have not been upgraded',
  );
  expect(applied).toContain(
    '[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "v1.34.9".',
  );
  expect(await takeNode('cp-2', 'kubeadm upgrade node')).toContain(
    'control plane instances [cp-3] have not been upgraded',
  );
  expect(await takeNode('cp-3', 'kubeadm upgrade node')).toContain(
    '[addons] Applied essential addon: kube-proxy',
  );
  for (const worker of ['w-01', 'w-02']) {
    expect(await takeNode(worker, 'kubeadm upgrade node')).toContain(
      '[upgrade/preflight] Skipping prepull. Not a control plane node.',
    );
  }

  const { store, etcd } = cluster.model;
  expect(store.list<KubeNode>('Node').map(({ status }) => status.nodeInfo.kubeletVersion)).toEqual(
    Array.from({ length: 5 }, () => 'v1.34.9'),
  );
  expect(etcd.members.map(({ version }) => version)).toEqual(['3.6.5', '3.6.5', '3.6.5']);
  await eventually('kube-proxy and CoreDNS rolled out', () => {
    const images = store.list<Pod>('Pod', 'kube-system').map(({ spec }) => spec.containers[0]?.image ?? '');
    return (
      images.filter((image) => image === 'registry.k8s.io/kube-proxy:v1.34.9').length === 5 &&
      images.filter((image) => image === 'registry.k8s.io/coredns/coredns:v1.12.1').length === 2 &&
      !images.some((image) => image.endsWith(':v1.33.13') || image.endsWith(':v1.12.0'))
    );
  });
  expect(store.get('ConfigMap', 'kube-system', 'kubeadm-config')?.data?.ClusterConfiguration).toContain(
    'kubernetesVersion: v1.34.9',
  );

  // NodeLocalCRISocket: the socket moved from the Node and the flags into a file.
  expect(cluster.model.nodes.get('w-01').metadata.annotations).not.toHaveProperty([
    'kubeadm.alpha.kubernetes.io/cri-socket',
  ]);
  expect((await root('w-01', 'cat /var/lib/kubelet/instance-config.yaml')).stdout).toBe(
    'containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"',
  );
  expect((await root('w-01', 'cat /var/lib/kubelet/kubeadm-flags.env')).stdout).not.toContain(
    'container-runtime-endpoint',
  );

  const left = (
    await root('cp-1', 'ls /etc/kubernetes/tmp; ls /etc/kubernetes/tmp/kubeadm-backup-manifests-*')
  ).stdout;
  expect(left).toMatch(
    /kubeadm-backup-etcd-[\d-]+\nkubeadm-backup-manifests-[\d-]+\nkubeadm-kubelet-config\d+/,
  );
  expect(left).toContain('etcd.yaml\nkube-apiserver.yaml\nkube-controller-manager.yaml\nkube-scheduler.yaml');

  const runs = cluster.journal.of('kubeadm-start').map(({ node, subject }) => `${node} ${subject}`);
  expect(runs).toEqual([
    'cp-1 upgrade apply v1.34.9',
    'cp-2 upgrade node',
    'cp-3 upgrade node',
    'w-01 upgrade node',
    'w-02 upgrade node',
  ]);
});
