import { StepFailure } from '../../domain/failure.ts';
import { type MinorVersion, minorNumber } from '../../domain/version.ts';
import { type Reader, readText, script } from '../command.ts';
import { type OsRelease, parseOsRelease } from '../os-release.ts';
import { bodyOf, parseSections, type Section, sectionFunction } from '../sections.ts';
import { excludesIn, minorsIn } from './repository-text.ts';

/** The packages that an upgrade installs. */
export const kubernetesPackages = ['kubeadm', 'kubelet', 'kubectl'] as const;
export type KubernetesPackage = (typeof kubernetesPackages)[number];

/** A file that configures a Kubernetes package repository. Its content may hold a mirror's password: never log it. */
export interface SourceFile {
  readonly path: string;
  /** Octal digits, `644`. */
  readonly mode: string;
  readonly content: string;
}

/** Everything about packages that a machine tells without being changed. */
export interface PackageState {
  readonly os: OsRelease;
  /** The generation of dnf; absent on the Debian family. */
  readonly dnf?: 4 | 5;
  /** Installed versions as the package manager writes them, `1.34.9-1.1`. */
  readonly installed: Readonly<Partial<Record<KubernetesPackage, string>>>;
  /** Kept from changing by accident: apt-mark hold, dnf versionlock, or an exclude of the repository. */
  readonly held: readonly KubernetesPackage[];
  /** Those of them that dnf's versionlock holds. */
  readonly versionLocked: readonly KubernetesPackage[];
  /** Whether an earlier package operation stands half-configured. */
  readonly interrupted: boolean;
  /** Files with an enabled Kubernetes repository. */
  readonly sources: readonly SourceFile[];
}

/** The shell lines whose output `parsePackageState` reads; a compound read may have more sections. */
export const packageStateScript = [
  'section os-release',
  'cat /etc/os-release',
  'if command -v apt-get >/dev/null; then',
  '  section dpkg',
  "  dpkg-query -W -f='${Package} ${Version} ${db:Status-Abbrev}\\n' kubeadm kubelet kubectl 2>/dev/null",
  '  section audit',
  '  dpkg --audit 2>/dev/null | head -c 2000',
  // Where dpkg keeps what it has not written to its status yet; apt refuses to work while there is something.
  "  ls /var/lib/dpkg/updates 2>/dev/null | grep '^[0-9][0-9]*$'",
  'else',
  '  section rpm',
  "  rpm -q --qf '%{NAME} %{VERSION}-%{RELEASE}\\n' kubeadm kubelet kubectl",
  // A transaction that was cut leaves two versions in the database, or a program that is not the package's.
  '  section rpm-verify',
  '  rpm -V --nodeps --noscripts --nomtime --nomode --nouser --nogroup kubeadm kubelet kubectl 2>/dev/null |',
  "    grep -E ' /usr/s?bin/(kubeadm|kubelet|kubectl)$'",
  '  section dnf',
  '  dnf --version 2>/dev/null | head -n 1',
  '  section versionlock',
  '  cat /etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml 2>/dev/null',
  'fi',
  'for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources /etc/yum.repos.d/*.repo; do',
  '  if grep -Eq "/v[0-9]+[.][0-9]+/(deb|rpm)" "$file" 2>/dev/null; then',
  '    section source "$(stat -c %a "$file")" "$(readlink -f "$file")"',
  // base64 keeps the bytes exact and a mirror's password out of the masking of outputs, which would be written back.
  '    base64 < "$file"',
  '  fi',
  'done',
];

/** Reads the state of a machine's packages in one command. Throws `command.failed` for an unknown kind of system. */
export async function readPackageState(host: Reader): Promise<PackageState> {
  const output = await readText(host, script([sectionFunction, ...packageStateScript, 'exit 0']), {
    purpose: 'reading the state of the packages',
    timeoutSeconds: 60,
  });
  const state = parsePackageState(parseSections(output));
  if (state) return state;
  throw new StepFailure('command.failed', `${host.node} is of neither the Debian nor the RHEL family.`, {
    facts: { node: host.node },
  });
}

/** Reads the sections that packageStateScript prints; undefined for a system of neither family. */
export function parsePackageState(sections: readonly Section[]): PackageState | undefined {
  const os = parseOsRelease(bodyOf(sections, 'os-release'));
  if (!os) return undefined;
  const sources = sections.flatMap((section) => sourceOf(section) ?? []);
  return os.family === 'debian'
    ? { os, sources, versionLocked: [], ...parseDpkg(sections) }
    : { os, sources, ...parseRpm(sections, sources) };
}

function sourceOf(section: Section): SourceFile | undefined {
  if (section.name !== 'source') return undefined;
  const [mode = '644', path = ''] = section.arguments;
  const content = Buffer.from(section.body, 'base64').toString('utf8');
  return minorsIn(path, content).length > 0 ? { path, mode, content } : undefined;
}

/** dpkg-query(1) `db:Status-Abbrev`: wanted action (h: hold), then status (i: installed, F: half-configured, U: unpacked). */
function parseDpkg(sections: readonly Section[]): Pick<PackageState, 'installed' | 'held' | 'interrupted'> {
  const installed: Partial<Record<KubernetesPackage, string>> = {};
  const held: KubernetesPackage[] = [];
  let broken = false;
  for (const line of bodyOf(sections, 'dpkg').split('\n')) {
    const [name, version, status = ''] = line.trim().split(/\s+/);
    const known = kubernetesPackages.find((one) => one === name);
    if (!known || version === undefined || !/^.[iFUHWt]/.test(status)) continue;
    installed[known] = version;
    if (status.startsWith('h')) held.push(known);
    if (status[1] !== 'i') broken = true;
  }
  return { installed, held, interrupted: broken || bodyOf(sections, 'audit').trim() !== '' };
}

function parseRpm(
  sections: readonly Section[],
  sources: readonly SourceFile[],
): Pick<PackageState, 'installed' | 'held' | 'versionLocked' | 'interrupted' | 'dnf'> {
  const installed: Partial<Record<KubernetesPackage, string>> = {};
  let isTwice = false;
  for (const line of bodyOf(sections, 'rpm').split('\n')) {
    const match = /^(kubeadm|kubelet|kubectl) (\d\S*)$/.exec(line.trim());
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const name = match[1] as KubernetesPackage;
    isTwice ||= installed[name] !== undefined;
    // rpm lists them in the order of their installation: the last is what the files are of.
    installed[name] = match[2];
  }
  const locks = bodyOf(sections, 'versionlock');
  const excluded = new Set(sources.flatMap(({ path, content }) => excludesIn(path, content)));
  // versionlock.list: `kubeadm-0:1.34.9-150500.1.1.*`; versionlock.toml: `name = "kubeadm"`.
  const versionLocked = kubernetesPackages.filter((name) =>
    new RegExp(`^(name = "${name}"|${name}-[0-9])`, 'm').test(locks),
  );
  const held = kubernetesPackages.filter((name) => excluded.has(name) || versionLocked.includes(name));
  return {
    installed,
    held,
    versionLocked,
    interrupted: isTwice || bodyOf(sections, 'rpm-verify').trim() !== '',
    dnf: /^dnf5|\b5\.\d+\.\d+/.test(bodyOf(sections, 'dnf')) ? 5 : 4,
  };
}

/** The version without epoch and revision: `1.34.9` for `1.34.9-1.1`. */
export function upstreamVersion(packageVersion: string): string {
  return packageVersion.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}

/** The release line of the configured repositories; the oldest where several files disagree; undefined for none. */
export function repositoryMinor(state: Pick<PackageState, 'sources'>): MinorVersion | undefined {
  return state.sources
    .flatMap(({ path, content }) => minorsIn(path, content))
    .toSorted((a, b) => minorNumber(a) - minorNumber(b))[0];
}
