import { StepFailure } from '../../../src/domain/failure.ts';
import { NodeName } from '../../../src/domain/names.ts';
import type { FactsHost } from '../../../src/node/host-facts.ts';
import type { Argv, CommandOutcome } from '../../../src/ports/remote-host.ts';

const exited = (stdout: string, code = 0, stderr = ''): CommandOutcome => ({
  status: 'exited',
  code,
  stdout,
  stderr,
});
export const section = (name: string, body: string) => `\n@@ k8s-upgrade-bot: ${name}\n${body}\n`;
const source = (minor: string) =>
  Buffer.from(
    `deb [signed-by=/etc/apt/keyrings/kubernetes.gpg] https://pkgs.k8s.io/core:/stable:/v${minor}/deb/ /\n`,
  );

/** What a fake machine is and says. Everything is as on a healthy Debian node unless it is given. */
export interface FakeMachine {
  readonly version?: string;
  readonly freeKiB?: number;
  readonly manifests?: readonly string[];
  /** What the repository of a minor offers; a minor that is missing has no repository. */
  readonly offers?: Readonly<Record<string, readonly string[]>>;
  readonly etcd?: { members: string; status: string; health: string };
  readonly certificates?: string;
  /** What the machine tells of itself beyond packages and disks, as parts of the read; nothing unless given. */
  readonly machine?: string;
  readonly unreachable?: StepFailure;
  /** Never answers anything. */
  readonly hangs?: boolean;
}

export interface FakeHost extends FactsHost {
  /** Commands that were asked for, by a short name. */
  readonly asked: string[];
}

/** A machine that answers the reads of a snapshot. */
export function fakeHost(node: string, machine: FakeMachine = {}): FakeHost {
  const asked: string[] = [];
  const host: FakeHost = {
    node: NodeName.parse(node),
    asked,
    async read(argv, options) {
      const what = nameOf(argv);
      asked.push(what);
      if (machine.unreachable) throw machine.unreachable;
      if (machine.hangs) return new Promise<never>(() => undefined);
      return answers[what](machine, options?.stdin);
    },
    act: () => Promise.reject(new Error('a snapshot starts nothing')),
    writeFile: () => Promise.reject(new Error('a snapshot writes nothing')),
  };
  return host;
}

type Question = keyof typeof answers;

function nameOf(argv: Argv): Question {
  const text = argv.join('\n');
  if (text.includes('section manifests')) return 'facts';
  if (text.includes('section madison')) return 'probe';
  if (text.includes('section source')) return 'packages';
  if (text.includes('etcdctl member list')) return 'etcd';
  if (text.includes('check-expiration')) return 'certificates';
  if (text.includes('etcdctl version')) return 'etcdctl';
  if (text.includes('snapshot restore --help')) return 'restoreTools';
  throw new Error(`a fake host does not know: ${text}`);
}

function packages({ version = '1.33.13' }: FakeMachine): string {
  const minor = version.split('.').slice(0, 2).join('.');
  return [
    section('os-release', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian'),
    section('dpkg', ['kubeadm', 'kubelet', 'kubectl'].map((name) => `${name} ${version}-1.1 hi `).join('\n')),
    section('audit', ''),
    section('source 644 /etc/apt/sources.list.d/kubernetes.list', source(minor).toString('base64')),
  ].join('');
}

const answers = {
  packages: (machine: FakeMachine) => exited(packages(machine)),
  facts: (machine: FakeMachine) => {
    const free = machine.freeKiB ?? 41_943_040;
    const disk = `/ /dev/vda1 52428800 10485760 ${free} 20% /`;
    const manifests = (machine.manifests ?? []).join('\n');
    return exited(
      (machine.machine ?? '') + packages(machine) + section('free', disk) + section('manifests', manifests),
    );
  },
  probe: ({ offers = {} }: FakeMachine, stdin = '') => {
    const asked = Buffer.from(stdin.trim().split(' ')[1] ?? '', 'base64').toString('utf8');
    const minor = /\/v(\d+\.\d+)\//.exec(asked)?.[1] ?? '';
    const offered = offers[minor];
    if (!offered) return exited(section('update', 'E: The repository does not have a Release file.'), 100);
    const lines = ['kubeadm', 'kubelet', 'kubectl'].flatMap((name) =>
      offered.map((version) => `   ${name} | ${version}-1.1 | https://pkgs.k8s.io Packages`),
    );
    return exited(section('update', '') + section('madison', lines.join('\n')));
  },
  etcd: ({ etcd }: FakeMachine) =>
    etcd
      ? exited(
          section('members', etcd.members) +
            section('status', etcd.status) +
            section('health', etcd.health) +
            section('alarms', '{}'),
        )
      : exited('', 69),
  certificates: ({ certificates }: FakeMachine) =>
    certificates === undefined ? exited('', 1, 'failed to load') : exited(certificates),
  etcdctl: () => exited('etcdctl version: 3.6.5\nAPI version: 3.6\n'),
  restoreTools: () =>
    exited(
      section(
        'tool /usr/local/bin/etcdutl',
        'etcdutl version: 3.5.30\n      --bump-revision uint   how much to increase the latest revision',
      ),
    ),
} satisfies Record<string, (machine: FakeMachine, stdin?: string) => CommandOutcome>;

/** What SSH says about a machine that is switched off. */
export const switchedOff = (node: string): StepFailure =>
  new StepFailure('ssh.unreachable', `${node} did not answer on port 22.`, { facts: { node } });
