import { compareVersions, minorOf } from './versions.ts';

export const kubernetesPackages = ['kubeadm', 'kubectl', 'kubelet'] as const;
export type PackageName = (typeof kubernetesPackages)[number];

export const sourcesDirectory = '/etc/apt/sources.list.d/';
export const sourcesList = `${sourcesDirectory}kubernetes.list`;

/** The minor directories that a sources list names: `v1.34`. */
export function minorsIn(sources: string): string[] {
  return [...sources.matchAll(/^\s*(?:deb |URIs:).*\/core:\/stable:\/(v\d+\.\d+)\/deb/gm)].map(
    (found) => found[1] as string,
  );
}
export const repositoryUrl = (minor: string) => `https://pkgs.k8s.io/core:/stable:/${minor}/deb`;

/** Debian revision of the packages of pkgs.k8s.io. */
export const revision = '-1.1';

/** Dir::State::lists of an apt that is not told otherwise. */
export const usualLists = '/var/lib/apt/lists';

export interface InstalledPackage {
  /** With revision: `1.33.13-1.1`. */
  version: string;
  held: boolean;
  /** unpacked: dpkg was cut between unpacking and configuring. */
  state: 'installed' | 'unpacked';
}

/** Which package versions the package repository holds, per minor directory `v1.34`. */
export class PackageRepository {
  readonly #versions: Set<string>;

  /** @param offered versions without revision: `1.34.9` */
  constructor(offered: readonly string[]) {
    this.#versions = new Set(offered);
  }

  /** Versions with revision under one minor, newest first; undefined when there is no such directory. */
  versionsOf(minor: string): string[] | undefined {
    const found = [...this.#versions].filter((version) => `v1.${minorOf(version)}` === minor);
    return found.length === 0
      ? undefined
      : found.sort((a, b) => compareVersions(b, a)).map((v) => `${v}${revision}`);
  }

  offer(version: string): void {
    this.#versions.add(version);
  }

  withdraw(version: string): void {
    this.#versions.delete(version);
  }
}

/** What apt and dpkg know on one machine. */
export class Packages {
  readonly installed: Record<PackageName, InstalledPackage>;
  /**
   * What `apt-get update` fetched last, per directory of lists (apt's own is the usual one): minor directory of the
   * repository → versions with revision, newest first.
   */
  readonly #lists = new Map<string, Map<string, string[]>>();

  constructor(version: string) {
    const installed = () => ({ version: `${version}${revision}`, held: true, state: 'installed' as const });
    this.installed = { kubeadm: installed(), kubectl: installed(), kubelet: installed() };
  }

  /** Version of the installed binary as it reports itself: `v1.34.9`. */
  binary(name: PackageName): string {
    return `v${this.installed[name].version.replace(/-.*$/, '')}`;
  }

  listsIn(directory: string): Map<string, string[]> {
    const found = this.#lists.get(directory) ?? new Map<string, string[]>();
    this.#lists.set(directory, found);
    return found;
  }

  /** Every version that apt could install now with the directory it comes from, newest first. */
  available(directory = usualLists): { version: string; minor: string }[] {
    return [...this.listsIn(directory)]
      .flatMap(([minor, versions]) => versions.map((version) => ({ version, minor })))
      .sort((a, b) => compareVersions(bare(b.version), bare(a.version)));
  }
}

export const bare = (version: string) => version.replace(/-.*$/, '');

export function isKubernetesPackage(name: string): name is PackageName {
  return (kubernetesPackages as readonly string[]).includes(name);
}
