import type { WaitingClock } from './waiting-clock.ts';

/** A static pod's container. `since`: when the kubelet saw that its manifest is another one, or gone. */
export interface StaticContainer {
  content: string;
  uid: string;
  since?: number;
}

/** What one machine of the small world is like, apart from its files. */
export interface NodeState {
  /** Installed versions with revision; `held` and half-configured ones by name. */
  readonly packages: Map<string, string>;
  readonly held: Set<string>;
  readonly halfConfigured: Set<string>;
  /** What the repository has, by release line; what the last update fetched. */
  readonly repository: Map<string, string[]>;
  lists: string[];
  readonly images: Set<string>;
  /** Version and start (seconds) of the running kubelet; `active` and `well` unless it says otherwise. */
  kubelet: { version: string; startedAt: number; active?: boolean; well?: boolean; says?: string };
  etcd: {
    leader: string;
    members: {
      name: string;
      id: string;
      version: string;
      healthy: boolean;
      learner?: boolean;
      /** The format of its data; etcd 3.5 does not tell. */
      storage?: string;
    }[];
    /** Where a formal downgrade leads, and from when on all members keep their data so. */
    downgrade?: { to: string; from: number };
  };
  /** What the kubelet runs of static pods; follows the manifests after a while. */
  readonly containers: Map<string, StaticContainer>;
  /** The version of etcdutl on the machine; empty: there is none. */
  etcdutl: string;
  /** Called when kubeadm or the kubelet changes what the cluster shows. */
  onChange: () => void | Promise<void>;
  /** Lets a program fail or print something else; undefined: as usual. */
  override: (
    program: string,
    args: readonly string[],
  ) => { stdout?: string; stderr?: string; exitCode: number } | undefined;
}

/** A machine at v1.33.13, everything held, nothing out of the ordinary. */
export function freshState(name: string, clock: WaitingClock): NodeState {
  return {
    packages: new Map(['kubeadm', 'kubelet', 'kubectl'].map((one) => [one, '1.33.13-1.1'])),
    held: new Set(['kubeadm', 'kubelet', 'kubectl']),
    halfConfigured: new Set(),
    repository: new Map([
      ['1.33', ['1.33.13-1.1']],
      ['1.34', ['1.34.8-1.1', '1.34.9-1.1']],
    ]),
    lists: ['1.33.13-1.1'],
    images: new Set(),
    kubelet: { version: 'v1.33.13', startedAt: clock.now() / 1_000 - 3_600 },
    etcd: {
      leader: name,
      members: ['cp-1', 'cp-2', 'cp-3'].map((member, index) => ({
        name: member,
        id: String(14_772_832_823_008_743_594n + BigInt(index)),
        version: '3.5.24',
        healthy: true,
      })),
    },
    containers: new Map(),
    etcdutl: '3.5.30',
    onChange: () => undefined,
    override: () => undefined,
  };
}

/** A static pod's manifest, as much of it as is read. */
export function manifest(component: string, image: string): string {
  const etcd =
    component === 'etcd'
      ? '    - --name=cp-1\n    - --data-dir=/var/lib/etcd\n    - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt\n'
      : '';
  return `spec:\n  containers:\n  - command:\n    - ${component}\n${etcd}    image: ${image}\n    name: ${component}\n`;
}

/** The files of such a machine that an upgrade reads or writes. */
export function filesOf(name: string, controlPlane: boolean): Record<string, string> {
  const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const manifests = controlPlane
    ? {
        '/etc/kubernetes/manifests/etcd.yaml': manifest('etcd', 'registry.k8s.io/etcd:3.5.24-0').replace(
          '--name=cp-1',
          `--name=${name}`,
        ),
        ...Object.fromEntries(
          components.map((one) => [
            `/etc/kubernetes/manifests/${one}.yaml`,
            manifest(one, `registry.k8s.io/${one}:v1.33.13`),
          ]),
        ),
      }
    : {};
  return {
    '/etc/os-release': 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    '/etc/apt/sources.list.d/kubernetes.list':
      'deb [signed-by=/k.gpg] https://user:secret@mirror.example/core:/stable:/v1.33/deb/ /\n',
    '/etc/kubernetes/admin.conf': 'admin',
    '/etc/kubernetes/pki/ca.key': 'key',
    '/usr/bin/kubelet': 'kubelet',
    '/var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\n',
    '/var/lib/kubelet/kubeadm-flags.env':
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"\n',
    '/var/lib/etcd/member/snap/db': 'db',
    '/proc/uptime': '1000.00 1000.00\n',
    ...manifests,
  };
}
