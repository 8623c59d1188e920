import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Bash, defineCommand, InMemoryFs } from 'just-bash';
import { commandLine } from '../../src/adapters/ssh/quote.ts';
import { NodeName } from '../../src/domain/names.ts';
import type { ActOutcome, RemoteHost } from '../../src/ports/remote-host.ts';
import { nodePrograms } from './node-programs.ts';
import type { WaitingClock } from './waiting-clock.ts';

/** What one machine of the small world is like, apart from its files. */
export interface NodeState {
  /** Installed versions with revision; `held` and half-configured ones by name. */
  readonly packages: Map<string, string>;
  readonly held: Set<string>;
  readonly halfConfigured: Set<string>;
  /** What the repository has, by release line; what the last update fetched. */
  readonly repository: Map<string, string[]>;
  lists: string[];
  readonly images: Set<string>;
  /** Version and start (seconds) of the running kubelet. */
  kubelet: { version: string; startedAt: number };
  etcd: {
    leader: string;
    members: { name: string; id: string; version: string; healthy: boolean; learner?: boolean }[];
  };
  /** Called when kubeadm or the kubelet changes what the cluster shows. */
  onChange: () => void;
  /** Lets a program fail or print something else; undefined: as usual. */
  override: (
    program: string,
    args: readonly string[],
  ) => { stdout?: string; stderr?: string; exitCode: number } | undefined;
}

export interface NodeWorld {
  readonly host: RemoteHost;
  readonly state: NodeState;
  readonly files: InMemoryFs;
  /** Every effect on the machine, in order: `apt-get install kubeadm=1.34.9-1.1`. */
  readonly journal: string[];
  readonly clock: WaitingClock;
  /** What becomes of the next act instead of its usual outcome; it runs all the same. */
  outcomeOfNextAct: ActOutcome | undefined;
}

export interface NodeWorldOptions {
  readonly clock: WaitingClock;
  readonly name?: string;
  readonly controlPlane?: boolean;
}

/** A machine with files, a shell and stand-ins for the programs that an upgrade calls; what runs on it is remembered. */
export function nodeWorld(options: NodeWorldOptions): NodeWorld {
  const { clock, name = 'cp-1', controlPlane = true } = options;
  const state = freshState(name, clock);
  const files = new InMemoryFs(filesOf(name, controlPlane));
  const journal: string[] = [];
  const acts = new Map<string, ActOutcome>();

  const customCommands = Object.entries(nodePrograms).map(([program, execute]) =>
    defineCommand(program, async (args) => {
      const overridden = state.override(program, args);
      const result = overridden ?? (await execute({ args, state, files, journal, clock, name }));
      return { stdout: '', stderr: '', ...result };
    }),
  );
  const bash = new Bash({ fs: files, customCommands, cwd: '/', defenseInDepth: false });
  const run = async (argv: readonly string[], stdin?: string) => {
    clock.advance(1_000);
    return bash.exec(commandLine(argv), { rawScript: true, ...(stdin === undefined ? {} : { stdin }) });
  };

  const host: RemoteHost = {
    node: NodeName.parse(name),
    async read(argv, readOptions = {}) {
      const { stdout, stderr, exitCode } = await run(argv, readOptions.stdin);
      return { status: 'exited', code: exitCode, stdout, stderr };
    },
    async act({ base, attempt, argv }) {
      const unit = `${base}-${attempt}`;
      const known = acts.get(unit);
      if (known) return known;
      const { stdout, stderr, exitCode } = await run(argv);
      const outcome = world.outcomeOfNextAct ?? { status: 'exited', code: exitCode, output: stdout + stderr };
      world.outcomeOfNextAct = undefined;
      acts.set(unit, outcome);
      return outcome;
    },
    async writeFile(path, content, mode) {
      await files.writeFile(path, content);
      await files.chmod(path, Number.parseInt(mode, 8));
      journal.push(`write ${path}`);
    },
    async download(path, localPath) {
      const content = Buffer.from(await files.readFileBuffer(path));
      await writeFile(localPath, content, { mode: 0o600 });
      return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    },
  };
  const world: NodeWorld = { host, state, files, journal, clock, outcomeOfNextAct: undefined };
  return world;
}

function freshState(name: string, clock: WaitingClock): NodeState {
  return {
    packages: new Map(['kubeadm', 'kubelet', 'kubectl'].map((one) => [one, '1.33.13-1.1'])),
    held: new Set(['kubeadm', 'kubelet', 'kubectl']),
    halfConfigured: new Set(),
    repository: new Map([
      ['1.33', ['1.33.13-1.1']],
      ['1.34', ['1.34.8-1.1', '1.34.9-1.1']],
    ]),
    lists: ['1.33.13-1.1'],
    images: new Set(),
    kubelet: { version: 'v1.33.13', startedAt: clock.now() / 1_000 - 3_600 },
    etcd: {
      leader: name,
      members: ['cp-1', 'cp-2', 'cp-3'].map((member, index) => ({
        name: member,
        id: String(14_772_832_823_008_743_594n + BigInt(index)),
        version: '3.5.24',
        healthy: true,
      })),
    },
    onChange: () => undefined,
    override: () => undefined,
  };
}

/** A static pod's manifest, as much of it as is read. */
export function manifest(component: string, image: string): string {
  const etcd =
    component === 'etcd'
      ? '    - --name=cp-1\n    - --data-dir=/var/lib/etcd\n    - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt\n'
      : '';
  return `spec:\n  containers:\n  - command:\n    - ${component}\n${etcd}    image: ${image}\n`;
}

function filesOf(name: string, controlPlane: boolean): Record<string, string> {
  const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const manifests = controlPlane
    ? {
        '/etc/kubernetes/manifests/etcd.yaml': manifest('etcd', 'registry.k8s.io/etcd:3.5.24-0').replace(
          '--name=cp-1',
          `--name=${name}`,
        ),
        ...Object.fromEntries(
          components.map((one) => [
            `/etc/kubernetes/manifests/${one}.yaml`,
            manifest(one, `registry.k8s.io/${one}:v1.33.13`),
          ]),
        ),
      }
    : {};
  return {
    '/etc/os-release': 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    '/etc/apt/sources.list.d/kubernetes.list':
      'deb [signed-by=/k.gpg] https://user:secret@mirror.example/core:/stable:/v1.33/deb/ /\n',
    '/etc/kubernetes/admin.conf': 'admin',
    '/etc/kubernetes/pki/ca.key': 'key',
    '/usr/bin/kubelet': 'kubelet',
    '/var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\n',
    '/var/lib/kubelet/kubeadm-flags.env':
      'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/containerd/containerd.sock"\n',
    '/var/lib/etcd/member/snap/db': 'db',
    '/proc/uptime': '1000.00 1000.00\n',
    ...manifests,
  };
}
