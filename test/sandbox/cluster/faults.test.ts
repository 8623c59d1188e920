import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faults } from '../../../sandbox/cluster/faults/registry.ts';
import { type DisruptionBudget, isReady, type Pod } from '../../../sandbox/cluster/model/objects.ts';
import { deletePod } from '../../../sandbox/cluster/model/pods.ts';
import { eventually, type Started, started } from './support/started.ts';

let cluster: Started;
beforeAll(async () => {
  cluster = await started();
});
afterEach(async () => {
  for (const { id } of cluster.faults.active()) await cluster.faults.disable(id);
});
afterAll(() => cluster.end());

const root = (line: string, node = 'w-01') => cluster.ssh(node, `sudo -n ${line}`);
const reachable = async (node: string) => {
  const ssh = await cluster.connection(node).catch(() => undefined);
  ssh?.dispose();
  return ssh !== undefined;
};

describe('faults', () => {
  test('each has a description and is refused with unknown names, nodes and parameters', async () => {
    for (const { name, description } of faults) expect(description, name).toMatch(/^\w.{20,}/);
    await expect(cluster.faults.enable('nonsense')).rejects.toThrow('no fault nonsense');
    await expect(cluster.faults.enable('apt-lock', { node: 'w-99' })).rejects.toThrow('no machine w-99');
    await expect(cluster.faults.enable('apt-lock', { phase: 'x' })).rejects.toThrow('has no parameter phase');
    await expect(cluster.faults.enable('disk-full')).rejects.toThrow('needs the parameter node');
    expect(cluster.faults.active()).toEqual([]);
  });

  test('pdb-blocked: no disruption is allowed until it is off', async () => {
    const allowed = () =>
      cluster.model.store.get<DisruptionBudget>('PodDisruptionBudget', 'shop', 'web')?.status
        ?.disruptionsAllowed;
    await cluster.faults.enable('pdb-blocked', { pdb: 'shop/web' });
    await eventually('blocked', () => allowed() === 0);
    expect(
      cluster.model.store.get<DisruptionBudget>('PodDisruptionBudget', 'shop', 'db')?.status
        ?.disruptionsAllowed,
    ).toBe(1);
    await cluster.faults.disable('pdb-blocked');
    await eventually('free', () => allowed() === 1);
  });

  test('apt-lock: refused with the words of apt, waited for with a lock timeout', async () => {
    const { id } = await cluster.faults.enable('apt-lock', { node: 'w-01' });
    const refused = await root('apt-get install -y kubeadm');
    expect(refused.code).toBe(100);
    expect(refused.stderr).toContain(
      'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)',
    );
    expect((await root('apt-get update -qq', 'w-02')).code).toBe(0);
    const waiting = root('apt-get -o DPkg::Lock::Timeout=3000 install -y kubeadm=1.33.13-1.1');
    await cluster.faults.disable(id);
    expect((await waiting).code).toBe(0);
  });

  test('the repository: a missing version and an expired key are told apart', async () => {
    await cluster.faults.enable('repository-missing-version', { version: '1.33.13', node: 'w-01' });
    await root('apt-get update -qq');
    expect((await root('apt-cache madison kubeadm')).stdout).toBe('');
    await cluster.faults.disable('repository-missing-version');
    await cluster.faults.enable('repository-key-expired', {});
    const expired = await root('apt-get update -o APT::Update::Error-Mode=any');
    expect(expired.code).toBe(100);
    expect(expired.stderr).toContain('The following signatures were invalid: EXPKEYSIG');
    await cluster.faults.disable('repository-key-expired');
    await root('apt-get update -qq');
    await root("sed -i 's#v1.33/deb#v1.99/deb#' /etc/apt/sources.list.d/kubernetes.list");
    expect((await root('apt-get update')).stderr).toContain('403  Forbidden');
    await root("sed -i 's#v1.99/deb#v1.33/deb#' /etc/apt/sources.list.d/kubernetes.list");
    await root('apt-get update -qq');
  });

  test('kubelet-not-ready and kubelet-stopped: NotReady by its own word, Unknown after the grace period', async () => {
    const ready = () =>
      cluster.model.nodes.get('w-02').status.conditions.find(({ type }) => type === 'Ready')?.status;
    await cluster.faults.enable('kubelet-not-ready', { node: 'w-02' });
    await eventually('NotReady', () => ready() === 'False');
    await cluster.faults.disable('kubelet-not-ready');
    await eventually('Ready', () => ready() === 'True');
    await cluster.faults.enable('kubelet-stopped', { node: 'w-02' });
    expect((await root('systemctl is-active kubelet', 'w-02')).stdout).toBe('inactive');
    expect((await root('curl -s http://127.0.0.1:10248/healthz', 'w-02')).code).toBe(7);
    await eventually('Unknown', () => ready() === 'Unknown');
    await cluster.faults.disable('kubelet-stopped');
    await eventually('Ready again', () => ready() === 'True');
    expect(cluster.model.nodes.get('w-02').spec.taints ?? []).toEqual([]);
  });

  test('ssh-refused and ssh-drop: no connection, and connections that break', async () => {
    await cluster.faults.enable('ssh-refused', { node: 'w-01' });
    expect(await reachable('w-01')).toBe(false);
    expect(await reachable('w-02')).toBe(true);
    await cluster.faults.disable('ssh-refused');
    await cluster.faults.enable('ssh-drop', { node: 'w-01', afterSeconds: 5 });
    const ssh = await cluster.connection('w-01');
    const outcome = await ssh.execCommand('sleep 3000').then(
      ({ code }) => code,
      () => null,
    );
    expect(outcome).toBeNull();
    ssh.dispose();
  });

  test('api-endpoint-down: one endpoint is gone, the cluster is not', async () => {
    await cluster.faults.enable('api-endpoint-down', { node: 'cp-1' });
    expect(cluster.model.apiState('cp-1')).toBe('down');
    expect(cluster.model.apiAvailable()).toBe(true);
    expect((await root('curl -sk https://127.0.0.1:6443/readyz', 'cp-1')).code).toBe(7);
  });

  test('image-pull-impossible: pulls fail with the words of containerd', async () => {
    await cluster.faults.enable('image-pull-impossible', {});
    const { code, stderr } = await root('crictl pull registry.k8s.io/kube-proxy:v1.34.9');
    expect(code).toBe(1);
    expect(stderr).toContain('failed to resolve reference "registry.k8s.io/kube-proxy:v1.34.9"');
  });

  test('disk-full: nothing can be written, df says so, the node has disk pressure', async () => {
    await cluster.faults.enable('disk-full', { node: 'w-01' });
    expect((await root("sh -c 'echo x > /root/x'")).code).not.toBe(0);
    expect((await root('df -P /')).stdout).toContain(' 0 100% /');
    await eventually('disk pressure', () =>
      cluster.model.nodes
        .get('w-01')
        .status.conditions.some(({ type, status }) => type === 'DiskPressure' && status === 'True'),
    );
  });

  test('pod-stuck-terminating: a deleted pod stays, unready, until it is off', async () => {
    const { store } = cluster.model;
    const [pod] = store.list<Pod>('Pod', 'shop').filter(({ metadata }) => metadata.labels?.app === 'web');
    if (pod === undefined) throw new Error('no web pod');
    const { name } = pod.metadata;
    await cluster.faults.enable('pod-stuck-terminating', { pod: `shop/${name}` });
    deletePod(store, pod);
    await eventually('its containers are gone', () => {
      const now = store.get<Pod>('Pod', 'shop', name);
      return now !== undefined && !isReady(now);
    });
    await cluster.faults.disable('pod-stuck-terminating');
    await eventually('it is gone', () => store.get('Pod', 'shop', name) === undefined);
  });

  test('sudo-refused: sudo wants a password', async () => {
    await cluster.faults.enable('sudo-refused', { node: 'w-01' });
    expect(await root('true')).toMatchObject({ code: 1, stderr: 'sudo: a password is required' });
  });
});
