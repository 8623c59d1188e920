import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RemoteResult, type Started, started } from './support/started.ts';

let cluster: Started;
beforeAll(async () => {
  cluster = await started({ workload: 'none', controlPlanes: 3, workers: 1 });
});
afterAll(() => cluster.end());

const user = (line: string, stdin?: string) => cluster.ssh('cp-1', line, stdin);
const root = (line: string, node = 'cp-1') => cluster.ssh(node, `sudo -n ${line}`);
const shown = ({ stdout, stderr, code }: RemoteResult) =>
  `${stdout}\n--- stderr\n${stderr}\n--- exit ${code}`;

describe('kubeadm refuses in the recorded words', () => {
  const start = `[upgrade] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[upgrade] Use 'kubeadm init phase upload-config --config your-config-file' to re-upload it.
[upgrade/preflight] Running preflight checks
[upgrade] Running cluster health checks`;

  test('what is no version', async () => {
    expect(shown(await root('kubeadm upgrade apply v1.banana --yes'))).toBe(`${start}
--- stderr
error execution phase preflight: version "v1.banana" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)
To see the stack trace of this error execute with --v=5 or higher
--- exit 1`);
  });

  test('a version newer than itself, and two minors at once', async () => {
    expect(shown(await root('kubeadm upgrade apply v1.34.9 --yes'))).toBe(`${start}
[upgrade/preflight] You have chosen to upgrade the cluster version to "v1.34.9"
[upgrade/versions] Cluster version: v1.33.13
[upgrade/versions] kubeadm version: v1.33.13
--- stderr
error execution phase preflight: the version argument is invalid due to these fatal errors:

	- Specified version to upgrade to "v1.34.9" is at least one minor release higher than the kubeadm minor release (34 > 33). Such an upgrade is not supported

Please fix the misalignments highlighted above and try upgrading again
To see the stack trace of this error execute with --v=5 or higher
--- exit 1`);
    const two = await root('kubeadm upgrade apply v1.35.6 --yes');
    expect(two.stderr).toContain(
      '\t- Specified version to upgrade to "v1.35.6" is too high; kubeadm can upgrade only 1 minor version at a time\n\t- Specified',
    );
  });

  test('whoever is not root', async () => {
    expect(shown(await user('kubeadm upgrade plan'))).toBe(`
--- stderr
couldn't create a Kubernetes client from file "/etc/kubernetes/admin.conf": failed to load admin kubeconfig: open /etc/kubernetes/admin.conf: permission denied
To see the stack trace of this error execute with --v=5 or higher
--- exit 1`);
  });

  test('a control plane without one of its manifests; and takes it for a worker without kube-apiserver.yaml', async () => {
    await root('mv /etc/kubernetes/manifests/kube-scheduler.yaml /root/', 'cp-2');
    const missing = await root('kubeadm upgrade apply v1.33.13 --yes', 'cp-2');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(
      '\t[ERROR StaticPodManifest]: manifest files not found: [/etc/kubernetes/manifests/kube-scheduler.yaml]',
    );
    await root('mv /root/kube-scheduler.yaml /etc/kubernetes/manifests/', 'cp-2');
    await root('mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/', 'cp-3');
    const trapped = await root('kubeadm upgrade node', 'cp-3');
    expect(trapped.code).toBe(0);
    expect(trapped.stdout).toContain('[upgrade/control-plane] Skipping phase. Not a control plane node.');
    await root('mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/', 'cp-3');
  });
});

describe('kubeadm tells', () => {
  test('its version in three forms', async () => {
    expect((await user('kubeadm version -o short')).stdout).toBe('v1.33.13');
    const json = JSON.parse((await user('kubeadm version -o json')).stdout) as {
      clientVersion: { minor: string; gitVersion: string };
    };
    expect(json.clientVersion).toMatchObject({ minor: '33', gitVersion: 'v1.33.13' });
  });

  test('a plan for a version it is too old for, with the note', async () => {
    const { stdout, code } = await root('kubeadm upgrade plan v1.34.9');
    expect(code).toBe(0);
    expect(stdout).toContain(`COMPONENT   NODE      CURRENT    TARGET
kubelet     cp-1      v1.33.13   v1.34.9`);
    expect(stdout).toContain('etcd                      cp-3      3.5.24-0   3.5.24-0');
    expect(stdout).toContain(
      'Note: Before you can perform this upgrade, you have to update kubeadm to v1.34.9.',
    );
  });

  test('nothing in JSON when there is nothing to upgrade', async () => {
    expect(shown(await root('kubeadm upgrade plan v1.33.13 -o json'))).toBe('\n--- stderr\n\n--- exit 0');
  });

  test('the images of its version and when certificates expire', async () => {
    expect(
      (await root('kubeadm config images list --kubernetes-version v1.33.13')).stdout.split('\n'),
    ).toEqual([
      'registry.k8s.io/kube-apiserver:v1.33.13',
      'registry.k8s.io/kube-controller-manager:v1.33.13',
      'registry.k8s.io/kube-scheduler:v1.33.13',
      'registry.k8s.io/kube-proxy:v1.33.13',
      'registry.k8s.io/coredns/coredns:v1.12.0',
      'registry.k8s.io/pause:3.10',
      'registry.k8s.io/etcd:3.5.24-0',
    ]);
    const json = JSON.parse((await root('kubeadm certs check-expiration -o json')).stdout) as {
      certificates: { name: string; residualTime: number }[];
    };
    expect(json.certificates).toHaveLength(11);
    expect(json.certificates[1]).toMatchObject({ name: 'apiserver', caName: 'ca', missing: false });
  });
});

describe('apt and dpkg', () => {
  test('tell versions, holds and states as recorded', async () => {
    const { stdout } = await user(
      "apt-cache policy kubeadm; apt-mark showhold; dpkg-query -W -f='${Package} ${Version} ${db:Status-Abbrev}\\n' kubeadm kubelet kubectl",
    );
    expect(stdout).toBe(`kubeadm:
  Installed: 1.33.13-1.1
  Candidate: 1.33.13-1.1
  Version table:
 *** 1.33.13-1.1 500
        500 https://pkgs.k8s.io/core:/stable:/v1.33/deb  Packages
        100 /var/lib/dpkg/status
kubeadm
kubectl
kubelet
kubeadm 1.33.13-1.1 hi 
kubelet 1.33.13-1.1 hi 
kubectl 1.33.13-1.1 hi`);
  });

  test('refuse a missing version, a held package, a downgrade without its flag, and anybody but root', async () => {
    const missing = await root('apt-get install -y kubeadm=9.9.9-1.1');
    expect([missing.code, missing.stderr]).toEqual([
      100,
      "E: Version '9.9.9-1.1' for 'kubeadm' was not found",
    ]);
    expect((await root('apt-get install -y kubeadm=1.33.13-1.1')).stdout).toContain(
      'kubeadm is already the newest version (1.33.13-1.1).\n0 upgraded, 0 newly installed',
    );
    await root("sed -i 's#v1.33/deb#v1.34/deb#' /etc/apt/sources.list.d/kubernetes.list", 'w-01');
    expect((await root('apt-get update -qq', 'w-01')).code).toBe(0);
    const held = await root('apt-get install -y kubectl=1.34.9-1.1', 'w-01');
    expect([held.code, held.stderr]).toEqual([
      100,
      'E: Held packages were changed and -y was used without --allow-change-held-packages.',
    ]);
    expect(
      (await root('apt-get install -y --allow-change-held-packages kubectl=1.34.9-1.1', 'w-01')).code,
    ).toBe(0);
    await root("sed -i 's#v1.34/deb#v1.33/deb#' /etc/apt/sources.list.d/kubernetes.list", 'w-01');
    await root('apt-get update -qq', 'w-01');
    const down = await root('apt-get install -y kubectl=1.33.13-1.1', 'w-01');
    expect([down.code, down.stderr]).toEqual([
      100,
      'E: Packages were downgraded and -y was used without --allow-downgrades.',
    ]);
    expect(down.stdout).toContain(
      'The following packages will be DOWNGRADED:\n  kubectl\n0 upgraded, 0 newly installed, 1 downgraded, 0 to remove',
    );
    const denied = await user('apt-get update');
    expect(denied.code).toBe(100);
    expect(denied.stderr).toContain('are you root?');
  });

  test('ask in directories of their own without changing the machine', async () => {
    const { stdout } = await root(
      `sh -c 'd=/run/probe; mkdir -p $d/parts; echo "deb [signed-by=/x] https://pkgs.k8s.io/core:/stable:/v1.34/deb/ /" > $d/parts/k.list; set -- -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$d/parts -o Dir::State::lists=$d/lists; apt-get -q "$@" update >/dev/null && apt-cache "$@" madison kubeadm'`,
    );
    expect(stdout.split('\n').map((line) => line.split('|')[1]?.trim())).toEqual([
      '1.34.9-1.1',
      '1.34.8-1.1',
      '1.34.7-1.1',
    ]);
    expect((await user('apt-cache madison kubeadm')).stdout).toBe(
      'kubeadm | 1.33.13-1.1 | https://pkgs.k8s.io/core:/stable:/v1.33/deb  Packages',
    );
  });
});

describe('etcd through crictl', () => {
  const etcdctl = (words: string, node = 'cp-1') =>
    cluster.ssh(
      node,
      `sudo -n sh -c 'crictl exec $(crictl ps --state Running --name "^etcd$" -q) etcdctl ${words}'`,
    );

  test('shows members with 64-bit ids that JSON numbers would spoil', async () => {
    const { stdout } = await etcdctl('endpoint status --cluster -w json');
    const ids = [...stdout.matchAll(/"member_id":(\d+)/g)].map((found) => BigInt(found[1] ?? '0'));
    expect(ids).toEqual(cluster.model.etcd.members.map(({ id }) => id));
    expect(ids.some((id) => id > BigInt(Number.MAX_SAFE_INTEGER))).toBe(true);
    expect(JSON.parse((await etcdctl('endpoint health --cluster -w json')).stdout)).toHaveLength(3);
  });

  test('moves leadership only to a member and only when asked at the leader', async () => {
    const [first, second] = cluster.model.etcd.members;
    const wrong = await etcdctl('move-leader 1234');
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('Error: etcdserver: bad leader transferee');
    const elsewhere = await etcdctl(`move-leader ${second?.id.toString(16)}`, 'cp-2');
    expect(elsewhere.stderr).toContain('no leader endpoint given at');
    const moved = await etcdctl(`move-leader ${second?.id.toString(16)}`);
    expect(moved.stdout).toBe(
      `Leadership transferred from ${first?.id.toString(16)} to ${second?.id.toString(16)}`,
    );
    expect(cluster.model.etcd.leaderMember()?.node).toBe('cp-2');
    await etcdctl(`move-leader ${first?.id.toString(16)}`, 'cp-2');
  });

  test('saves a snapshot with a trailer, where the container can write and nowhere else', async () => {
    const { createHash } = await import('node:crypto');
    expect((await etcdctl('snapshot save /root/x.db')).code).not.toBe(0);
    expect((await etcdctl('snapshot save /var/lib/etcd/snap.db')).stdout).toBe(
      'Snapshot saved at /var/lib/etcd/snap.db',
    );
    const [mode, size] = (await root('stat -c "%a %s" /var/lib/etcd/snap.db')).stdout.split(' ');
    expect(mode).toBe('600');
    expect(Number(size) % 512).toBe(32);
    const file = Buffer.from((await root('base64 /var/lib/etcd/snap.db')).stdout, 'base64');
    expect(createHash('sha256').update(file.subarray(0, -32)).digest()).toEqual(file.subarray(-32));
    const sum = (await root('sha256sum /var/lib/etcd/snap.db')).stdout.slice(0, 64);
    expect(sum).toBe(createHash('sha256').update(file).digest('hex'));
  });
});

describe('the shell', () => {
  test('keeps bytes as they are, in both directions', async () => {
    const bytes = Buffer.from(Array.from({ length: 1_024 }, (_, i) => (i * 7) % 256));
    const written = await user(`base64 -d > /tmp/bytes && sha256sum /tmp/bytes`, bytes.toString('base64'));
    const { createHash } = await import('node:crypto');
    expect(written.stdout.slice(0, 64)).toBe(createHash('sha256').update(bytes).digest('hex'));
    const ssh = await cluster.connection('cp-1');
    const chunks: Buffer[] = [];
    await ssh.execCommand('tail -c +11 /tmp/bytes', { onStdout: (chunk) => void chunks.push(chunk) });
    ssh.dispose();
    expect(Buffer.concat(chunks)).toEqual(bytes.subarray(10));
  });

  test('knows who may read what', async () => {
    expect(await user('cat /etc/kubernetes/admin.conf')).toMatchObject({
      code: 1,
      stderr: 'cat: /etc/kubernetes/admin.conf: Permission denied',
    });
    expect((await user('touch /etc/x')).code).not.toBe(0);
    expect((await user('umask 077; echo a > ~/mine && stat -c "%a %U" ~/mine')).stdout).toBe('600 upgrader');
    expect((await root('cat /etc/kubernetes/admin.conf')).code).toBe(0);
    expect(await user('sudo -n nonsense')).toMatchObject({
      code: 1,
      stderr: 'sudo: nonsense: command not found',
    });
  });

  test('runs several commands of one connection at once', async () => {
    const began = performance.now();
    const all = await Promise.all(Array.from({ length: 8 }, (_, i) => user(`sleep 30; echo ${i}`)));
    expect(all.map(({ stdout }) => stdout)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('opens ten sessions of a connection and no eleventh', async () => {
    const ssh = await cluster.connection('w-01');
    const all = await Promise.all(
      Array.from({ length: 11 }, () =>
        ssh.execCommand('sleep 200').then(
          () => 'ran',
          () => 'refused',
        ),
      ),
    );
    expect(all.toSorted()).toEqual([...Array.from({ length: 10 }, () => 'ran'), 'refused']);
    expect((await ssh.execCommand('echo again')).stdout).toBe('again');
    ssh.dispose();
  });

  test('ends what takes too long with 124', async () => {
    expect((await user('timeout -k 5 1 sleep 100000')).code).toBe(124);
  });
});
