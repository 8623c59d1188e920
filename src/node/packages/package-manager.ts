import {
  compareVersions,
  type KubernetesVersion,
  type MinorVersion,
  parseVersion,
} from '../../domain/version.ts';
import type { RemoteHost } from '../../ports/remote-host.ts';
import type { ActCall } from '../act.ts';
import { type KubernetesPackage, kubernetesPackages, upstreamVersion } from './package-state.ts';

/** A version of a package that a repository offers. */
export interface Offer {
  readonly version: KubernetesVersion;
  /** As the package manager writes it, revision and all: `1.34.9-1.1`. */
  readonly exact: string;
  /** Packages of the same version that an upgrade needs as well and that are not on offer beside it. */
  readonly without?: readonly KubernetesPackage[];
}

/** An exact package to install; `exact` comes from an Offer, never from a guess about revisions. */
export interface PackageSpec {
  readonly name: KubernetesPackage;
  readonly exact: string;
}

/**
 * A machine's package manager, as an upgrade needs it. Throws StepFailure `packages.*`, `node.disk-full`,
 * `command.*`, `ssh.*`.
 */
export interface PackageManager {
  /** Puts every Kubernetes repository of the machine on a release line; gives the paths that had to be changed. */
  switchRepository(minor: MinorVersion): Promise<string[]>;
  /** Fetches the lists of the Kubernetes repositories, and of no other. */
  refresh(call: ActCall): Promise<void>;
  /** What the configured repositories offer of a package by the lists that the machine has now, oldest first. */
  offered(name: KubernetesPackage): Promise<Offer[]>;
  /** What the repositories would offer of kubeadm on another release line, and what is missing beside it. Changes nothing. */
  probe(minor: MinorVersion): Promise<Offer[]>;
  /** Finishes what an interrupted package operation left half-configured. */
  repair(call: ActCall): Promise<void>;
  /** Installs exactly these and holds them again, whatever became of the installation. An older version needs leave. */
  install(
    call: ActCall,
    specs: readonly PackageSpec[],
    options?: { allowDowngrade?: boolean },
  ): Promise<void>;
}

export type PackageHost = Pick<RemoteHost, 'node' | 'read' | 'act' | 'writeFile'>;

/** Offers from versions as a package manager prints them, oldest first, each version once with its newest revision. */
export function offersOf(exactVersions: readonly string[]): Offer[] {
  const offers = new Map<KubernetesVersion, Offer>();
  for (const exact of exactVersions) {
    const version = parseVersion(upstreamVersion(exact));
    const known = version && offers.get(version);
    if (!version || (known && compareRevisions(known.exact, exact) >= 0)) continue;
    offers.set(version, { version, exact });
  }
  return [...offers.values()].toSorted((a, b) => compareVersions(a.version, b.version));
}

/** Offers of kubeadm from what is on offer by package; a version that one of the others lacks says so. */
export function offersWithOthers(offered: ReadonlyMap<string, readonly string[]>): Offer[] {
  const versions = (name: KubernetesPackage) => offersOf(offered.get(name) ?? []);
  const others = kubernetesPackages.filter((name) => name !== 'kubeadm');
  const there = new Map(others.map((name) => [name, new Set(versions(name).map(({ version }) => version))]));
  return versions('kubeadm').map((offer) => {
    const without = others.filter((name) => there.get(name)?.has(offer.version) !== true);
    return without.length === 0 ? offer : { ...offer, without };
  });
}

function compareRevisions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
