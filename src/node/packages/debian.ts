import { StepFailure } from '../../domain/failure.ts';
import type { MinorVersion } from '../../domain/version.ts';
import { perform } from '../act.ts';
import { commandFailed, readExited, readText, script } from '../command.ts';
import { lastWords } from '../last-words.ts';
import { bodyOf, parseSections, sectionFunction } from '../sections.ts';
import { aptFailure } from './apt-failure.ts';
import { offersOf, offersWithOthers, type PackageHost, type PackageManager } from './package-manager.ts';
import type { PackageState } from './package-state.ts';
import { proxies } from './proxies.ts';
import { hasOtherRepositories, kubernetesPartsOf, withMinor } from './repository-text.ts';
import { switchSources } from './switch-sources.ts';

const aptEnvironment = {
  DEBIAN_FRONTEND: 'noninteractive',
  APT_LISTCHANGES_FRONTEND: 'none',
  // needrestart would restart services of its own choosing in the middle of an upgrade.
  NEEDRESTART_SUSPEND: '1',
  LC_ALL: 'C.UTF-8',
};

/**
 * Waits until others have let go of a lock that apt itself does not wait for, apt-daily's above all: of the lists, and of
 * the archives while something is downloaded. Taken once more in between it is a failure that passes.
 */
const letGo = [
  'let_go() {',
  '  t=0',
  '  while [ "$t" -lt 300 ] && grep -q "POSIX.* WRITE .*:$(stat -c %i "$1" 2>/dev/null) " /proc/locks 2>/dev/null; do',
  '    sleep 1',
  '    t=$((t + 1))',
  '  done',
  '}',
];

/** Only the given source files: other repositories of the machine are neither asked nor able to fail the upgrade. */
const refreshScript = [
  ...proxies,
  ...letGo,
  'let_go /var/lib/apt/lists/lock',
  'for file do',
  '  apt-get -q update -o Dir::Etc::sourcelist="$file" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 \\',
  '    -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=120 || exit',
  'done',
];

/**
 * Waits until others have let go of dpkg's lock, and does nothing else: apt-mark and dpkg themselves fail at once. Its
 * words stay out, because a lock that was waited for is no failure.
 */
const waitForLock = 'apt-get -q -o DPkg::Lock::Timeout=300 check >/dev/null 2>&1';

/** `mark hold|unhold NAME…`, and once more when it failed, because another may have had the lock. */
const mark = [
  'mark() {',
  '  apt-mark "$@" 2>/dev/null && return',
  `  ${waitForLock}`,
  '  apt-mark "$@"',
  '}',
];

const installScript = [
  ...proxies,
  ...letGo,
  ...mark,
  'option=$1',
  'shift',
  'names=',
  'for spec do names="$names ${spec%%=*}"; done',
  'let_go /var/cache/apt/archives/lock',
  'mark unhold $names || exit',
  'apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef \\',
  '  -o Dpkg::Options::=--force-confold $option install "$@"',
  'status=$?',
  'mark hold $names || { [ "$status" -ne 0 ] || status=100; }',
  'exit "$status"',
];

/**
 * Asks a repository in a directory of its own, so that lists, caches and sources of the machine stay as they are. The
 * sources come by stdin because they may hold a mirror's password.
 */
const probeScript = [
  ...proxies,
  sectionFunction,
  'directory=/run/k8s-upgrade-bot-probe.$$',
  'mkdir "$directory" && chmod 700 "$directory" || exit',
  'mkdir -p "$directory/parts" "$directory/lists/partial" "$directory/cache/archives/partial"',
  'while read -r name content; do printf "%s" "$content" | base64 -d > "$directory/parts/$name"; done',
  'set -- -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$directory/parts" \\',
  '  -o Dir::State::lists="$directory/lists" -o Dir::Cache="$directory/cache" -o APT::Sandbox::User=root \\',
  '  -o APT::Update::Error-Mode=any -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20',
  'section update',
  'apt-get -q "$@" update 2>&1',
  'status=$?',
  'section madison',
  'apt-cache "$@" madison kubeadm kubelet kubectl',
  'rm -rf "$directory"',
  'exit "$status"',
];

/** apt and dpkg: facts of Debian 12 and later and of Ubuntu 22.04 and later (apt 2.4). */
export function debianPackages(host: PackageHost, state: PackageState): PackageManager {
  const classify = (purpose: string) => (output: string) => aptFailure(host.node, purpose, output);

  return {
    switchRepository: (minor) => switchSources(host, state.sources, minor),

    async refresh(call) {
      const purpose = 'fetching the package lists';
      const output = await perform(host, call, {
        argv: script(refreshScript, ...(await filesOfTheirOwn(host, state))),
        purpose,
        environment: aptEnvironment,
        classify: classify(purpose),
      });
      // Before apt 2.1.6 a list that could not be fetched is a warning, and the exit status is 0.
      const failure = /^[WE]: /m.test(output) ? aptFailure(host.node, purpose, output) : undefined;
      if (failure) throw failure;
    },

    async offered(name) {
      const output = await readText(host, ['apt-cache', 'madison', name], {
        purpose: `reading the versions of ${name} on offer`,
        timeoutSeconds: 60,
      });
      return offersOf(parseMadison(output));
    },

    async probe(minor) {
      const purpose = `asking the v${minor} repository`;
      const outcome = await readExited(host, script(probeScript), {
        purpose,
        timeoutSeconds: 120,
        stdin: probeInput(state, minor),
      });
      const sections = parseSections(outcome.stdout);
      const offers = offersWithOthers(madisonByName(bodyOf(sections, 'madison')));
      if (offers.length > 0 || outcome.code === 0) return offers;
      const said = `${bodyOf(sections, 'update')}\n${outcome.stderr}`;
      throw aptFailure(host.node, purpose, said) ?? commandFailed(host, outcome, purpose);
    },

    async repair(call) {
      const purpose = 'finishing an interrupted package operation';
      await perform(host, call, {
        argv: script([waitForLock, 'dpkg --configure -a --force-confdef --force-confold']),
        purpose,
        environment: aptEnvironment,
        classify: classify(purpose),
      });
    },

    async install(call, specs, { allowDowngrade = false } = {}) {
      const purpose = `installing ${specs.map(({ name, exact }) => `${name} ${exact}`).join(', ')}`;
      await perform(host, call, {
        argv: script(
          installScript,
          allowDowngrade ? '--allow-downgrades' : '',
          ...specs.map(({ name, exact }) => `${name}=${exact}`),
        ),
        purpose,
        environment: aptEnvironment,
        classify: (output, code) =>
          aptFailure(host.node, purpose, output) ??
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

/** The source files, and in place of those that have other repositories as well copies without them. */
async function filesOfTheirOwn(host: PackageHost, { sources }: PackageState): Promise<string[]> {
  return Promise.all(
    sources.map(async ({ path, content }, index) => {
      if (!hasOtherRepositories(path, content)) return path;
      const copy = `/run/k8s-upgrade-bot-${index}${extensionOf(path)}`;
      await host.writeFile(copy, kubernetesPartsOf(path, content), '0600');
      return copy;
    }),
  );
}

const extensionOf = (path: string) => (path.endsWith('.sources') ? '.sources' : '.list');

/** The versions in the output of `apt-cache madison`: `   kubeadm | 1.34.9-1.1 | https://… Packages`. */
export function parseMadison(output: string): string[] {
  return output
    .split('\n')
    .map((line) => line.split('|').map((field) => field.trim()))
    .flatMap(([, version, source]) => (version && source && /^\d/.test(version) ? [version] : []));
}

/** The same by package. */
function madisonByName(output: string): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const name = line.split('|')[0]?.trim() ?? '';
    versions.set(name, [...(versions.get(name) ?? []), ...parseMadison(line)]);
  }
  return versions;
}

function probeInput(state: PackageState, minor: MinorVersion): string {
  return state.sources
    .map(({ path, content }, index) => {
      const name = `${index}-kubernetes${extensionOf(path)}`;
      const text = withMinor(path, kubernetesPartsOf(path, content), minor);
      return `${name} ${Buffer.from(text).toString('base64')}\n`;
    })
    .join('');
}
