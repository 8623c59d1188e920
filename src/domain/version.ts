import semver from 'semver';
import { z } from 'zod';

const release = /^v(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})$/;

/**
 * A released Kubernetes version, always with the leading v: `v1.34.9`. Pre-releases and build suffixes are not
 * versions that a cluster is taken to, so they do not parse.
 */
export const KubernetesVersion = z.string().regex(release).brand<'KubernetesVersion'>();
export type KubernetesVersion = z.infer<typeof KubernetesVersion>;

/** A minor release line, `1.34`: what a package repository and a hop are about. */
export const MinorVersion = z
  .string()
  .regex(/^(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})$/)
  .brand<'MinorVersion'>();
export type MinorVersion = z.infer<typeof MinorVersion>;

/** Reads `1.34.9`, `v1.34.9`; gives undefined for everything else (no guessing: this text reaches package managers). */
export function parseVersion(text: string): KubernetesVersion | undefined {
  const parsed = KubernetesVersion.safeParse(text.startsWith('v') ? text : `v${text}`);
  return parsed.success ? parsed.data : undefined;
}

/** Like parseVersion, for a value that a cluster reported. Vendors append suffixes (`v1.33.1+k3s1`): those do not parse. */
export function version(text: string): KubernetesVersion {
  const parsed = parseVersion(text);
  if (!parsed) throw new RangeError(`Not a released Kubernetes version: ${JSON.stringify(text)}`);
  return parsed;
}

/** The number of the minor release, 34 for v1.34.9. Skew rules count in these. */
export function minorNumber(of: KubernetesVersion | MinorVersion): number {
  return Number(of.replace(/^v/, '').split('.')[1]);
}

/** The release line of a version: `1.34` for `v1.34.9`. */
export function minorOf(of: KubernetesVersion): MinorVersion {
  return of.slice(1).split('.').slice(0, 2).join('.') as MinorVersion;
}

/** Whether two versions are of the same major release; nothing here plans across majors. */
export function sameMajor(a: KubernetesVersion, b: KubernetesVersion): boolean {
  return a.split('.')[0] === b.split('.')[0];
}

/** Negative, zero or positive, as Array.prototype.sort wants it: oldest first. */
export function compareVersions(a: KubernetesVersion, b: KubernetesVersion): number {
  return semver.compare(a, b);
}

/** The oldest of some versions; undefined for none. */
export function oldest(versions: readonly KubernetesVersion[]): KubernetesVersion | undefined {
  return versions.toSorted(compareVersions)[0];
}

/** The newest of some versions; undefined for none. */
export function newest(versions: readonly KubernetesVersion[]): KubernetesVersion | undefined {
  return versions.toSorted(compareVersions).at(-1);
}

/** The version without its v, as package managers write it: `1.34.9`. */
export function packageVersion(of: KubernetesVersion): string {
  return of.slice(1);
}
