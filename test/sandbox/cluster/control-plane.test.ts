import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually, type Started, started } from './support/started.ts';

let cluster: Started;
beforeEach(async () => {
  cluster = await started({ workload: 'none', workers: 1 });
});
afterEach(() => cluster.end());

const root = (line: string, node = 'cp-1') => cluster.ssh(node, `sudo -n ${line}`);

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.on('connect', () => answer(true));
    socket.on('error', () => answer(false));
  });
}

async function toKubeadm34(node: string): Promise<void> {
  await root("sed -i 's#v1.33/deb#v1.34/deb#' /etc/apt/sources.list.d/kubernetes.list", node);
  await root('apt-get update -qq', node);
  await root('apt-get install -y -qq --allow-change-held-packages kubeadm=1.34.9-1.1', node);
}

describe('the control plane', () => {
  test('a moved manifest takes the endpoint away, put back it returns; the load balancer serves all the while', async () => {
    const port = cluster.apiPorts.nodes['cp-2'] ?? 0;
    expect(await connects(port)).toBe(true);
    await root('mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/', 'cp-2');
    await eventually('cp-2 refuses', async () => !(await connects(port)));
    expect(await connects(cluster.apiPorts.loadBalancer)).toBe(true);
    await eventually(
      'its mirror pod is gone',
      () => cluster.model.store.get('Pod', 'kube-system', 'kube-apiserver-cp-2') === undefined,
    );
    await root('mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/', 'cp-2');
    await eventually('cp-2 answers', () => connects(port));
  });

  test('two members down leave no quorum, and every API hangs until one is back', async () => {
    for (const node of ['cp-2', 'cp-3']) await root('mv /etc/kubernetes/manifests/etcd.yaml /root/', node);
    await eventually('no quorum', () => !cluster.model.apiAvailable());
    expect(cluster.model.apiState('cp-1')).toBe('hanging');
    expect((await root('curl -sk --max-time 5 https://127.0.0.1:6443/readyz')).code).toBe(28);
    await root('mv /root/etcd.yaml /etc/kubernetes/manifests/', 'cp-2');
    await eventually('it serves', () => cluster.model.apiState('cp-1') === 'serving');
  });

  test('kubeadm killed midway leaves half, a re-run finishes and scatters the backups', async () => {
    await toKubeadm34('cp-1');
    cluster.setTimeScale(100);
    await root('systemd-run --quiet --unit=up kubeadm upgrade apply v1.34.9 --yes');
    await eventually('kube-apiserver.yaml is the new one', async () =>
      (await root('cat /etc/kubernetes/manifests/kube-apiserver.yaml')).stdout.includes('v1.34.9'),
    );
    await root('systemctl kill --signal=KILL up');
    expect((await root('systemctl show up -p Result,ExecMainStatus')).stdout).toBe(
      'Result=signal\nExecMainStatus=9',
    );
    cluster.setTimeScale(1_000);
    const manifests = (
      await root(
        "sh -c 'grep -l v1.34.9 /etc/kubernetes/manifests/*; grep -l 3.6.5 /etc/kubernetes/manifests/*'",
      )
    ).stdout;
    expect(manifests.split('\n')).toEqual([
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      '/etc/kubernetes/manifests/etcd.yaml',
    ]);

    await eventually('the API is back', () => cluster.model.apiState('cp-1') === 'serving');
    // Backups are named by the second they are made in.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const again = await root('kubeadm upgrade apply v1.34.9 --yes');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain(
      '[upgrade/staticpods] Current and new manifests of etcd are equal, skipping upgrade',
    );
    const backups = (
      await root(
        "sh -c 'cd /etc/kubernetes/tmp; for d in kubeadm-backup-manifests-*; do echo $d: $(ls $d); done'",
      )
    ).stdout;
    expect(backups).toMatch(
      /: etcd\.yaml kube-apiserver\.yaml\n.*: kube-controller-manager\.yaml kube-scheduler\.yaml/,
    );
    const third = await root('kubeadm upgrade apply v1.34.9 --yes');
    expect(third.stdout.match(/are equal, skipping upgrade/g)).toHaveLength(4);
  });

  test('an etcd that does not come up: kubeadm gives up after 5 minutes and puts the manifest back', async () => {
    await toKubeadm34('cp-1');
    await cluster.faults.enable('etcd-does-not-come-up', { node: 'cp-1' });
    const { code, stdout, stderr } = await root('kubeadm upgrade apply v1.34.9 --yes');
    expect(code).toBe(1);
    expect(stdout).toContain(
      '[upgrade/etcd] Waiting for previous etcd to become available\n[upgrade/etcd] Etcd was rolled back and is now available',
    );
    expect(stderr).toContain(
      "error: error execution phase control-plane: couldn't complete the static pod upgrade: fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state: couldn't upgrade control plane.",
    );
    expect(stderr).toContain(
      'static Pod hash for component etcd on Node cp-1 did not change after 5m0s: context deadline exceeded',
    );
    expect(cluster.model.etcd.memberOf('cp-1')).toMatchObject({ running: true, version: '3.5.24' });
    expect((await root('ls /etc/kubernetes/tmp')).stdout).toMatch(/kubeadm-upgraded-manifests\d+/);
  });

  test('a component that fails leaves the new etcd in place', async () => {
    await toKubeadm34('cp-1');
    await cluster.faults.enable('kubeadm-fails-at', { node: 'cp-1', phase: 'kube-apiserver' });
    const { code, stderr } = await root('kubeadm upgrade apply v1.34.9 --yes');
    expect(code).toBe(1);
    expect(stderr).toContain(
      'static Pod hash for component kube-apiserver on Node cp-1 did not change after 5m0s',
    );
    const images = (await root("sh -c 'grep -h image: /etc/kubernetes/manifests/*'")).stdout;
    expect(images).toContain('etcd:3.6.5-0');
    expect(images).toContain('kube-apiserver:v1.33.13');
  });
});
