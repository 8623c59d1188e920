import { StepFailure } from '../domain/failure.ts';
import type { HostFacts } from '../domain/snapshot.ts';
import type { KubernetesVersion, MinorVersion } from '../domain/version.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import { type Reader, readText, script } from './command.ts';
import {
  kubernetesPackages,
  type PackageState,
  packageStateScript,
  parsePackageState,
  repositoryMinor,
  upstreamVersion,
} from './packages/package-state.ts';
import { packageManager } from './packages.ts';
import { bodyOf, parseSections, type Section, sectionFunction } from './sections.ts';

const factsScript = [
  sectionFunction,
  ...packageStateScript,
  'section free',
  'for directory in / /var/lib/etcd /var/lib/containerd; do',
  '  [ -d "$directory" ] && printf "%s %s\\n" "$directory" "$(df -Pk "$directory" | tail -n 1)"',
  'done',
  'section manifests',
  'ls /etc/kubernetes/manifests 2>/dev/null',
  'exit 0',
];

export type FactsHost = Pick<RemoteHost, 'node' | 'read' | 'act' | 'writeFile'>;

/**
 * What a machine tells about itself, in one command; one more asks the repository of `offeredMinor`, if wanted, and
 * changes nothing. A machine that cannot be reached or read is a fact and no error.
 */
export async function readHostFacts(
  host: FactsHost,
  options: { offeredMinor?: MinorVersion } = {},
): Promise<HostFacts> {
  try {
    const sections = parseSections(
      await readText(host, script(factsScript), {
        purpose: 'reading the facts of the machine',
        timeoutSeconds: 60,
      }),
    );
    const state = parsePackageState(sections);
    if (!state) throw unknownSystem(host);
    const offer =
      options.offeredMinor === undefined ? {} : await offeredBy(host, state, options.offeredMinor);
    return { ...parseFacts(sections, state), ...offer };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { status: 'unreachable', code: error.code, reason: error.message };
  }
}

type Reached = Extract<HostFacts, { status: 'reached' }>;

function parseFacts(sections: readonly Section[], state: PackageState): Reached {
  const minor = repositoryMinor(state);
  return {
    status: 'reached',
    family: state.os.family,
    osName: state.os.name,
    packages: Object.fromEntries(
      kubernetesPackages.flatMap((name) => {
        const installed = state.installed[name];
        return installed === undefined ? [] : [[name, upstreamVersion(installed)]];
      }),
    ),
    held: [...state.held],
    ...(minor === undefined ? {} : { repositoryMinor: minor }),
    freeBytes: parseFree(bodyOf(sections, 'free')),
    manifests: bodyOf(sections, 'manifests')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    interruptedPackages: state.interrupted,
  };
}

/** Lines of a directory and df's POSIX line for it: `/var/lib/etcd /dev/sda1 1000 400 600 40% /`, in KiB. */
function parseFree(text: string): Record<string, number> {
  const free: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const match = /^(\S+) .*\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%\s/.exec(line);
    if (match?.[1] !== undefined) free[match[1]] = Number(match[4]) * 1_024;
  }
  return free;
}

async function offeredBy(
  host: FactsHost,
  state: PackageState,
  minor: MinorVersion,
): Promise<{ offered: KubernetesVersion[]; offeredProblem?: string }> {
  if (state.sources.length === 0) {
    return { offered: [], offeredProblem: 'no package repository of Kubernetes is configured' };
  }
  try {
    const offers = await packageManager(host, state).probe(minor);
    return { offered: offers.map(({ version }) => version) };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { offered: [], offeredProblem: error.facts['said'] ?? error.message };
  }
}

function unknownSystem(host: Reader): StepFailure {
  return new StepFailure('command.failed', `${host.node} is of neither the Debian nor the RHEL family.`);
}
