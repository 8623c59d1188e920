import { StepFailure } from '../../domain/failure.ts';
import { compareVersions, type MinorVersion, parseVersion } from '../../domain/version.ts';
import { perform } from '../act.ts';
import { commandFailed, readExited, script } from '../command.ts';
import { lastWords } from '../last-words.ts';
import { dnfFailure } from './dnf-failure.ts';
import { offersOf, offersWithOthers, type PackageHost, type PackageManager } from './package-manager.ts';
import { kubernetesPackages, type PackageState, upstreamVersion } from './package-state.ts';
import { proxies } from './proxies.ts';
import { kubernetesPartsOf, repositoryIdsIn, withMinor } from './repository-text.ts';
import { switchSources } from './switch-sources.ts';

const dnfEnvironment = { LC_ALL: 'C.UTF-8' };

/** Both generations print a line per version; dnf 4 reads `\n` in a format, dnf 5 needs it. */
const queryFormat = '--queryformat=%{version}-%{release}\\n';
const namedFormat = '--queryformat=%{name} %{version}-%{release}\\n';

const installScript = [
  ...proxies,
  'locks=$1',
  'shift',
  '[ -z "$locks" ] || dnf -y versionlock delete $locks || exit',
  'dnf -y install "$@"',
  'status=$?',
  '[ -z "$locks" ] || dnf -y versionlock add $locks || { [ "$status" -ne 0 ] || status=1; }',
  'exit "$status"',
];

/**
 * rpm writes the new package into its database before it erases the old one, so a transaction that was cut leaves both:
 * the earlier goes from the database, its files are the later one's already. A program that is not its package's is put
 * back from the repository; one that the repository does not have any more is replaced by the installation that follows.
 */
const repairScript = [
  ...proxies,
  'for name in kubeadm kubelet kubectl; do',
  "  rpm -q --qf '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n' \"$name\" | sed '$d' | while read -r earlier; do",
  '    rpm -e --justdb --nodeps --noscripts "$earlier" || exit',
  '  done || exit',
  '  rpm -q "$name" >/dev/null || continue',
  '  rpm -V --nodeps --noscripts --nomtime --nomode --nouser --nogroup "$name" | grep -q " /usr/s*bin/$name$" || continue',
  '  dnf -y "$@" reinstall "$name" || true',
  'done',
  'exit 0',
];

const refreshScript = [...proxies, 'dnf -y --refresh "$@" makecache'];

/** Repositories, caches and keys in a directory of their own; the files come by stdin, they may hold a password. */
const probeScript = [
  ...proxies,
  'directory=/run/k8s-upgrade-bot-probe.$$',
  'mkdir "$directory" && chmod 700 "$directory" || exit',
  'mkdir "$directory/repos"',
  'while read -r name content; do printf "%s" "$content" | base64 -d > "$directory/repos/$name"; done',
  'dnf -y -q --setopt=reposdir="$directory/repos" --setopt=cachedir="$directory/cache" \\',
  '  --setopt=system_cachedir="$directory/cache" --setopt=persistdir="$directory/state" --refresh "$@"',
  'status=$?',
  'rm -rf "$directory"',
  'exit "$status"',
];

/** dnf 4 (RHEL 8 and 9, Amazon Linux 2023) and dnf 5 (Fedora 41 and later). */
export function rhelPackages(host: PackageHost, state: PackageState): PackageManager {
  const ids = state.sources.flatMap(({ path, content }) => repositoryIdsIn(path, content));
  // pkgs.k8s.io's own instructions exclude the packages, so that only those who name the repository can move them.
  // Of an option that is set twice dnf 5 takes the last word, so that one names them all.
  const withExcluded =
    state.dnf === 5 && ids.length > 0
      ? [`--setopt=disable_excludes=${ids.join(',')}`]
      : ids.map((id) => `--disableexcludes=${id}`);
  // Fedora's dnf.conf skips a repository that fails and succeeds with what is left: nothing.
  const mustAnswer = ids.map((id) => `--setopt=${id}.skip_if_unavailable=False`);
  const queryWith = (format: string, names: readonly string[]): string[] => [
    ...mustAnswer,
    ...ids.map((id) => `--repo=${id}`),
    ...withExcluded,
    'repoquery',
    format,
    ...names,
  ];
  const query = (name: string): string[] => queryWith(queryFormat, [name]);

  return {
    switchRepository: (minor) => switchSources(host, state.sources, minor),

    async refresh(call) {
      const purpose = 'fetching the package lists';
      await perform(host, call, {
        argv: script(refreshScript, ...mustAnswer, ...ids.map((id) => `--repo=${id}`)),
        purpose,
        environment: dnfEnvironment,
        classify: (output) => dnfFailure(host.node, purpose, output),
      });
    },

    async offered(name) {
      const purpose = `reading the versions of ${name} on offer`;
      const outcome = await readExited(host, ['dnf', '-y', '-q', ...query(name)], {
        purpose,
        timeoutSeconds: 120,
      });
      if (outcome.code === 0) return offersOf(parseRepoquery(outcome.stdout));
      throw dnfFailure(host.node, purpose, outcome.stderr) ?? commandFailed(host, outcome, purpose);
    },

    async probe(minor) {
      const purpose = `asking the v${minor} repository`;
      const outcome = await readExited(
        host,
        script(probeScript, ...queryWith(namedFormat, kubernetesPackages)),
        {
          purpose,
          timeoutSeconds: 120,
          stdin: probeInput(state, minor),
        },
      );
      if (outcome.code === 0) return offersWithOthers(repoqueryByName(outcome.stdout));
      throw dnfFailure(host.node, purpose, outcome.stderr) ?? commandFailed(host, outcome, purpose);
    },

    async repair(call) {
      const purpose = 'finishing an interrupted package operation';
      await perform(host, call, {
        argv: script(repairScript, ...withExcluded),
        purpose,
        environment: dnfEnvironment,
        classify: (output) => dnfFailure(host.node, purpose, output),
      });
    },

    async install(call, specs, { allowDowngrade = false } = {}) {
      const purpose = `installing ${specs.map(({ name, exact }) => `${name} ${exact}`).join(', ')}`;
      const newer = specs.find(({ name, exact }) => isNewer(state.installed[name], exact));
      // dnf itself takes an exact older version for what was meant.
      if (newer !== undefined && !allowDowngrade) {
        throw new StepFailure(
          'packages.install-failed',
          `${host.node}: ${newer.name} is ${state.installed[newer.name]}, newer than ${newer.exact}.`,
          { facts: { node: host.node } },
        );
      }
      const locks = specs.map(({ name }) => name).filter((name) => state.versionLocked.includes(name));
      await perform(host, call, {
        argv: script(
          installScript,
          locks.join(' '),
          ...withExcluded,
          ...specs.map(({ name, exact }) => `${name}-${exact}`),
        ),
        purpose,
        environment: dnfEnvironment,
        classify: (output, code) =>
          dnfFailure(host.node, purpose, output) ??
          new StepFailure(
            'packages.install-failed',
            `${host.node}: ${purpose} failed with exit status ${code}.`,
            {
              facts: { node: host.node, exit: String(code) },
              lastWords: lastWords(output),
            },
          ),
      });
    },
  };
}

function isNewer(installed: string | undefined, wanted: string): boolean {
  const [have, want] = [
    parseVersion(upstreamVersion(installed ?? '')),
    parseVersion(upstreamVersion(wanted)),
  ];
  return have !== undefined && want !== undefined && compareVersions(have, want) > 0;
}

/** The versions in the output of repoquery, one a line: `1.34.9-150500.1.1`. */
export function parseRepoquery(output: string): string[] {
  return output
    .split(/\n|\\n/)
    .map((line) => line.trim())
    .filter((line) => /^\d\S*-\S+$/.test(line));
}

/** The same by package, where each line begins with its name. */
function repoqueryByName(output: string): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  for (const line of output.split(/\n|\\n/)) {
    const [name = '', version = ''] = line.trim().split(' ');
    versions.set(name, [...(versions.get(name) ?? []), ...parseRepoquery(version)]);
  }
  return versions;
}

function probeInput(state: PackageState, minor: MinorVersion): string {
  return state.sources
    .map(({ path, content }, index) => {
      const text = withMinor(path, kubernetesPartsOf(path, content), minor);
      return `${index}-kubernetes.repo ${Buffer.from(text).toString('base64')}\n`;
    })
    .join('');
}
