/** A Kubernetes version taken apart; `v1.34.9` and `1.34.9` both read. */
export interface Version {
  major: number;
  minor: number;
  patch: number;
}

/** Reads `[v]MAJOR.MINOR.PATCH`; undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)$/.exec(text);
  return found === null
    ? undefined
    : { major: Number(found[1]), minor: Number(found[2]), patch: Number(found[3]) };
}

export function minorOf(text: string): number {
  const version = parseVersion(text);
  if (version === undefined) throw new Error(`not a version: ${text}`);
  return version.minor;
}

/** Negative when `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (left === undefined || right === undefined) throw new Error(`cannot compare ${a} and ${b}`);
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch;
}

/** What a kubeadm of one minor brings along (kubeadm constants.go, read from the tags of each minor). */
export interface Bundle {
  etcd: string;
  coredns: string;
  pause: string;
}

const bundles: Record<number, Bundle> = {
  31: { etcd: '3.5.24-0', coredns: 'v1.11.3', pause: '3.10' },
  32: { etcd: '3.5.24-0', coredns: 'v1.11.3', pause: '3.10' },
  33: { etcd: '3.5.24-0', coredns: 'v1.12.0', pause: '3.10' },
  34: { etcd: '3.6.5-0', coredns: 'v1.12.1', pause: '3.10.1' },
  35: { etcd: '3.6.6-0', coredns: 'v1.13.1', pause: '3.10.1' },
};

export function bundleOf(minor: number): Bundle {
  return bundles[Math.min(35, Math.max(31, minor))] as Bundle;
}

/** The etcd release inside an image tag: `3.5.24-0` runs 3.5.24. */
export const etcdRelease = (tag: string) => tag.replace(/-.*$/, '');

export const registry = 'registry.k8s.io';

/** The images of one Kubernetes version in the order of `kubeadm config images list`. */
export function imagesOf(version: string, repository = registry): string[] {
  const bundle = bundleOf(minorOf(version));
  const coredns = repository === registry ? `${repository}/coredns/coredns` : `${repository}/coredns`;
  return [
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map(
      (name) => `${repository}/${name}:${version}`,
    ),
    `${coredns}:${bundle.coredns}`,
    `${repository}/pause:${bundle.pause}`,
    `${repository}/etcd:${bundle.etcd}`,
  ];
}

/** The answer of /version, and the serverVersion of `kubectl version`. */
export function versionInfo(version: string): Record<string, string> {
  const minor = minorOf(version);
  return {
    major: '1',
    minor: String(minor),
    emulationMajor: '1',
    emulationMinor: String(minor),
    minCompatibilityMajor: '1',
    minCompatibilityMinor: String(minor - 1),
    gitVersion: version,
    gitCommit: '3c8e2f0a6d1b94755c0f2ae18d96b7403e5fa2c1',
    gitTreeState: 'clean',
    buildDate: '2026-10-13T14:02:11Z',
    goVersion: 'go1.24.9',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}
