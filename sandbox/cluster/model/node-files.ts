import { kubeletConfiguration, kubeletFlags, kubeletPaths, nodeKubeconfig } from './configuration.ts';
import type { NodeFiles } from './files.ts';
import type { Machine } from './machine.ts';
import { components, manifest, manifestPath } from './manifests.ts';
import { repositoryUrl, sourcesList } from './packages.ts';
import { makeRunDirectory } from './run-directory.ts';
import { bundleOf, minorOf } from './versions.ts';

/** PEM texts that stand in for every certificate and key on a node. */
export interface PkiTexts {
  ca: string;
  leaf: string;
  key: string;
}

export const sshUser = 'upgrader';
const home = `/home/${sshUser}`;

/** Fills a machine's disk as kubeadm init or join left it. `etcdBefore` names the members when this node joined. */
export async function fillDisk(
  machine: Machine,
  version: string,
  pki: PkiTexts,
  etcdBefore: string[],
): Promise<void> {
  const { files } = machine;
  await operatingSystem(files, machine.name, minorOf(version));
  await files.put(kubeletPaths.config, kubeletConfiguration());
  await files.put(
    kubeletPaths.flags,
    kubeletFlags({ endpoint: true, pause: bundleOf(minorOf(version)).pause }),
  );
  await files.put(
    '/var/lib/kubelet/cpu_manager_state',
    '{"policyName":"none","defaultCpuSet":"","checksum":1353318690}',
    0o600,
  );
  await files.put(
    '/var/lib/kubelet/memory_manager_state',
    '{"policyName":"None","machineState":{},"checksum":4044315390}',
    0o600,
  );
  const client = '/var/lib/kubelet/pki/kubelet-client-2026-11-23-03-43-44.pem';
  await files.put(client, pki.leaf + pki.key, 0o600);
  await files.symlink(client, '/var/lib/kubelet/pki/kubelet-client-current.pem');
  await files.put('/var/lib/kubelet/pki/kubelet.crt', pki.leaf);
  await files.put('/var/lib/kubelet/pki/kubelet.key', pki.key, 0o600);
  await files.put(kubeletPaths.kubeconfig, nodeKubeconfig(`system:node:${machine.name}`), 0o600);
  await files.put('/etc/kubernetes/pki/ca.crt', pki.ca);
  await files.mkdir('/etc/kubernetes/manifests', { recursive: true });
  await files.chmod('/etc/kubernetes/manifests', 0o700);
  if (machine.role === 'control-plane') await controlPlane(machine, version, pki, etcdBefore);
}

async function controlPlane(
  machine: Machine,
  version: string,
  pki: PkiTexts,
  etcdBefore: string[],
): Promise<void> {
  const { files, name, address } = machine;
  for (const user of ['admin', 'controller-manager', 'scheduler', 'super-admin']) {
    await files.put(`/etc/kubernetes/${user}.conf`, nodeKubeconfig(`kubernetes-${user}`), 0o600);
  }
  const pairs = [
    'apiserver',
    'apiserver-etcd-client',
    'apiserver-kubelet-client',
    'front-proxy-ca',
    'front-proxy-client',
  ];
  for (const pair of [...pairs, 'etcd/ca', 'etcd/healthcheck-client', 'etcd/peer', 'etcd/server']) {
    await files.put(`/etc/kubernetes/pki/${pair}.crt`, pair.endsWith('ca') ? pki.ca : pki.leaf);
    await files.put(`/etc/kubernetes/pki/${pair}.key`, pki.key, 0o600);
  }
  await files.put('/etc/kubernetes/pki/ca.key', pki.key, 0o600);
  await files.put('/etc/kubernetes/pki/sa.key', pki.key, 0o600);
  await files.put('/etc/kubernetes/pki/sa.pub', pki.key);
  const initialCluster = [...etcdBefore, `${name}=https://${address}:2380`];
  for (const component of components) {
    await files.put(
      manifestPath(component),
      manifest(component, version, { node: name, address, initialCluster }),
      0o600,
    );
  }
  await files.put('/var/lib/etcd/member/snap/db', new Uint8Array(64 * 1024), 0o600);
  await files.put(
    '/var/lib/etcd/member/wal/0000000000000000-0000000000000000.wal',
    new Uint8Array(16 * 1024),
    0o600,
  );
  await files.chmod('/var/lib/etcd/member', 0o700);
}

async function operatingSystem(files: NodeFiles, name: string, minor: number): Promise<void> {
  const texts: Record<string, string> = {
    '/etc/hostname': `${name}\n`,
    '/etc/os-release': `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`,
    '/etc/debian_version': '12.12\n',
    '/etc/passwd': `root:x:0:0:root:/root:/bin/bash\n${sshUser}:x:1000:1000::${home}:/bin/bash\n`,
    '/etc/hosts': '127.0.0.1 localhost\n',
    '/etc/crictl.yaml':
      'runtime-endpoint: unix:///run/containerd/containerd.sock\nimage-endpoint: unix:///run/containerd/containerd.sock\n',
    '/etc/containerd/config.toml':
      'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "registry.k8s.io/pause:3.10"\n',
    '/etc/machine-id': '1fd893bbb5c94152b681be843a2390f4\n',
    '/proc/swaps': 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
    '/proc/uptime': '',
    '/proc/sys/kernel/random/boot_id': '',
    '/proc/loadavg': '0.21 0.18 0.15 1/412 4021\n',
    '/proc/mounts':
      'overlay / overlay rw,relatime 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime 0 0\n',
    '/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory hugetlb pids rdma misc\n',
    [sourcesList]: `deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] ${repositoryUrl(`v1.${minor}`)}/ /\n`,
    '/etc/apt/keyrings/kubernetes-apt-keyring.gpg': 'simulated key\n',
    '/usr/lib/systemd/system/kubelet.service': kubeletUnit,
    '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf': kubeletDropIn,
  };
  for (const [path, text] of Object.entries(texts)) await files.put(path, text);
  for (const directory of [
    home,
    '/root',
    '/tmp',
    '/run',
    '/var/tmp',
    '/var/log',
    '/var/lib/dpkg',
    '/etc/systemd/system',
    '/var/lib/containerd',
    '/opt',
  ]) {
    await files.mkdir(directory, { recursive: true });
  }
  await makeRunDirectory(files);
  await files.chmod('/root', 0o700);
  await files.chmod('/tmp', 0o1777);
  await files.chmod('/var/tmp', 0o1777);
  files.owners.set(home, sshUser);
}

const kubeletUnit = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

const kubeletDropIn = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;
