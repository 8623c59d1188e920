import { StepFailure } from '../domain/failure.ts';
import type { HostFacts } from '../domain/snapshot.ts';
import type { MinorVersion } from '../domain/version.ts';
import type { Clock } from '../ports/clock.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import { type Reader, readText, script } from './command.ts';
import { clockEndScript, machineFactsScript, parseMachineFacts, type Span } from './machine-facts.ts';
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
  ...machineFactsScript,
  ...packageStateScript,
  'data=$(sed -n "s/^ *- --data-dir=//p" /etc/kubernetes/manifests/etcd.yaml 2>/dev/null | head -n 1)',
  'mounted=',
  'for directory in /usr /var /var/lib /var/cache /var/lib/kubelet /etc/kubernetes /tmp; do',
  '  mountpoint -q "$directory" 2>/dev/null && mounted="$mounted $directory"',
  'done',
  'room() {',
  '  for directory in / "${data:-/var/lib/etcd}" "$images" $mounted; do',
  '    [ -d "$directory" ] && printf "%s %s\\n" "$directory" "$(df "$1" "$directory" | tail -n 1)"',
  '  done',
  '}',
  'section free',
  'room -Pk',
  'section inodes',
  'room -Pi',
  'section manifests',
  'ls /etc/kubernetes/manifests 2>/dev/null',
  ...clockEndScript,
  'exit 0',
];

export type FactsHost = Pick<RemoteHost, 'node' | 'read' | 'act' | 'writeFile'>;

/**
 * What a machine tells about itself, in one command; one more asks each repository of `offeredMinors`, if wanted, and
 * changes nothing. A machine that cannot be reached or read is a fact and no error.
 *
 * @param options `clock` is the bot's own, to hold the machine's against it; `patchesDirectory` that of kubeadm's patches
 */
export async function readHostFacts(host: FactsHost, options: HostFactsOptions = {}): Promise<HostFacts> {
  try {
    const { clock } = options;
    const sentAt = clock?.now();
    const output = await readText(
      host,
      script(factsScript, options.patchesDirectory ?? '', ...(options.programs ?? [])),
      {
        purpose: 'reading the facts of the machine',
        timeoutSeconds: 60,
      },
    );
    const span = clock && sentAt !== undefined ? { sentAt, answeredAt: clock.now() } : undefined;
    const sections = parseSections(output);
    const state = parsePackageState(sections);
    if (!state) throw unknownSystem(host);
    const offer =
      options.offeredMinors === undefined ? {} : await offeredBy(host, state, options.offeredMinors);
    return { ...parseFacts(sections, state, span), ...offer };
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { status: 'unreachable', code: error.code, reason: error.message };
  }
}

export interface HostFactsOptions {
  /** Release lines whose repositories are asked what they offer. */
  readonly offeredMinors?: readonly MinorVersion[];
  readonly clock?: Pick<Clock, 'now'>;
  readonly patchesDirectory?: string;
  /** Programs that configured commands begin with. */
  readonly programs?: readonly string[];
}

type Reached = Extract<HostFacts, { status: 'reached' }>;

function parseFacts(sections: readonly Section[], state: PackageState, span: Span | undefined): Reached {
  const minor = repositoryMinor(state);
  const machine = parseMachineFacts(sections, span);
  const inodes = parseFree(bodyOf(sections, 'inodes'), 1);
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
    freeBytes: parseFree(bodyOf(sections, 'free'), 1_024),
    ...(Object.keys(inodes).length === 0 ? {} : { freeInodes: inodes }),
    manifests: bodyOf(sections, 'manifests')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    interruptedPackages: state.interrupted,
    ...(machine === undefined ? {} : { machine }),
  };
}

/**
 * Lines of a directory and df's POSIX line for it: `/var/lib/etcd /dev/sda1 1000 400 600 40% /`. A file system that does
 * not count its inodes (btrfs) shows no share of them, and is left out.
 */
function parseFree(text: string, unit: number): Record<string, number> {
  const free: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const match = /^(\S+) .*\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%\s/.exec(line);
    if (match?.[1] !== undefined) free[match[1]] = Number(match[4]) * unit;
  }
  return free;
}

/** A line that cannot be asked does not hide what another one offers; why it could not is told once. */
async function offeredBy(
  host: FactsHost,
  state: PackageState,
  minors: readonly MinorVersion[],
): Promise<Pick<Reached, 'offered' | 'offeredWithout' | 'offeredProblem' | 'offeredProblemCode'>> {
  if (state.sources.length === 0) {
    return { offered: [], offeredProblem: 'no package repository of Kubernetes is configured' };
  }
  const manager = packageManager(host, state);
  const answers = await Promise.allSettled(minors.map((minor) => manager.probe(minor)));
  const offers = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const offered = offers.flatMap(({ version, without }) => (without === undefined ? [version] : []));
  const partly = offers.flatMap(({ version, without }) =>
    without === undefined ? [] : [[version, [...without] as string[]] as const],
  );
  const problems = answers.flatMap((answer): { said: string; code: string }[] => {
    if (answer.status === 'fulfilled') return [];
    const error: unknown = answer.reason;
    if (!(error instanceof StepFailure)) throw error;
    return [{ said: error.facts['said'] ?? error.message, code: error.code }];
  });
  const [problem] = problems;
  return {
    offered,
    ...(partly.length === 0 ? {} : { offeredWithout: Object.fromEntries(partly) }),
    ...(problem === undefined ? {} : { offeredProblem: problem.said, offeredProblemCode: problem.code }),
  };
}

function unknownSystem(host: Reader): StepFailure {
  return new StepFailure('command.failed', `${host.node} is of neither the Debian nor the RHEL family.`);
}
