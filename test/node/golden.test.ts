import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { RunId, StepKey } from '../../src/domain/names.ts';
import type { OsFamily } from '../../src/domain/snapshot.ts';
import { MinorVersion, version } from '../../src/domain/version.ts';
import { perform } from '../../src/node/act.ts';
import {
  addonCommand,
  addonFile,
  addonIsMarked,
  addonProblem,
  applyManifestCommand,
  prepareOutbox,
} from '../../src/node/addon.ts';
import { readLocalApiServer } from '../../src/node/api-server.ts';
import { readCriSocket } from '../../src/node/cri-socket.ts';
import { missingImages, pullCommand } from '../../src/node/crictl.ts';
import {
  configuredSnapshotCommand,
  enableDowngradeCommand,
  moveLeaderCommand,
  readEtcd,
  saveSnapshotCommand,
} from '../../src/node/etcd.ts';
import { findRestoreTools, readRestored, restoreCommand } from '../../src/node/etcd-restore.ts';
import { archiveCommand, outboxOf, removeFile } from '../../src/node/files.ts';
import { readHostFacts } from '../../src/node/host-facts.ts';
import {
  listImages,
  readKubeadmRecord,
  recordLine,
  tidyKubeadmCopies,
  upgradeCommand,
} from '../../src/node/kubeadm.ts';
import { kubeletLastWords, readKubelet, restartCommand } from '../../src/node/kubelet.ts';
import {
  instanceConfig,
  kubeletFiles,
  readFileSums,
  removeFiles,
  unfitStates,
} from '../../src/node/kubelet-files.ts';
import { readManifests } from '../../src/node/manifests.ts';
import { agentsMark, readAgents, restartAgentsCommand } from '../../src/node/node-agents.ts';
import { type PackageState, readPackageState } from '../../src/node/packages/package-state.ts';
import { packageManager } from '../../src/node/packages.ts';
import {
  beforeFile,
  readStaticPods,
  staticPodLastWords,
  staticPodsLeft,
  stopContainersCommand,
  stoppedDirectory,
  takeAwayCommand,
} from '../../src/node/static-pods.ts';
import type { Act, Argv } from '../../src/ports/remote-host.ts';
import { readableCommand } from '../support/command-lines.ts';
import { scriptedHost } from '../support/scripted-host.ts';

const to = version('v1.34.9');
const minor = MinorVersion.parse('1.34');
const run = RunId.parse('abc234');
const addonKey = StepKey.parse('v1.34.9/cp-1/run-addon/cilium');
const call = { base: 'base', attempt: 1, waitSeconds: 60, signal: new AbortController().signal };
const options = {
  ignorePreflightErrors: ['SystemVerification', 'CreateJob'],
  patchesDirectory: '/etc/kubernetes/patches',
};
const plain = { ignorePreflightErrors: [] };

const states: Record<string, PackageState> = {
  debian: {
    os: { family: 'debian', name: 'Debian GNU/Linux 12 (bookworm)' },
    installed: { kubeadm: '1.33.13-1.1', kubelet: '1.33.13-1.1', kubectl: '1.33.13-1.1' },
    held: ['kubeadm', 'kubelet', 'kubectl'],
    versionLocked: [],
    interrupted: false,
    sources: [
      {
        path: '/etc/apt/sources.list.d/kubernetes.list',
        mode: '644',
        content:
          'deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /\n',
      },
    ],
  },
  'rhel, dnf 4, excludes': rhel(4, []),
  'rhel, dnf 5, versionlock': rhel(5, ['kubeadm', 'kubelet', 'kubectl']),
};

function rhel(dnf: 4 | 5, versionLocked: PackageState['versionLocked']): PackageState {
  return {
    os: { family: 'rhel', name: 'Rocky Linux 9.6' },
    dnf,
    installed: {
      kubeadm: '1.33.13-150500.1.1',
      kubelet: '1.33.13-150500.1.1',
      kubectl: '1.33.13-150500.1.1',
    },
    held: ['kubeadm', 'kubelet', 'kubectl'],
    versionLocked,
    interrupted: false,
    sources: [
      {
        path: '/etc/yum.repos.d/kubernetes.repo',
        mode: '644',
        content:
          '[kubernetes]\nbaseurl=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/\ngpgkey=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/repodata/repomd.xml.key\nexclude=kubelet kubeadm kubectl\n',
      },
    ],
  };
}

interface Sent {
  readonly title: string;
  readonly how: string;
  readonly argv: Argv;
  readonly environment?: Act['environment'];
  readonly stdin?: string;
}

/** Everything that the function sends, whatever becomes of it. */
async function sentBy(
  title: string,
  ask: (host: ReturnType<typeof scriptedHost>) => Promise<unknown>,
): Promise<Sent[]> {
  const acts: Sent[] = [];
  const host = scriptedHost(
    () => '',
    (act) => {
      acts.push({ title, how: 'act', argv: act.argv, environment: act.environment });
      return { status: 'exited', code: 0, output: '' };
    },
  );
  await ask(host).catch(() => undefined);
  const reads = host.asked.filter(({ how }) => how !== 'act').map((one) => ({ title, ...one }));
  return [...reads, ...acts];
}

const act = (argv: Argv) => (host: ReturnType<typeof scriptedHost>) =>
  perform(host, call, { argv, purpose: '' });

async function packageCommands(name: string, state: PackageState): Promise<Sent[]> {
  const exact = state.os.family === 'debian' ? '1.34.9-1.1' : '1.34.9-150500.1.1';
  const of = (host: ReturnType<typeof scriptedHost>) => packageManager(host, state);
  const groups = await Promise.all([
    sentBy('switch the repository', (host) => of(host).switchRepository(minor)),
    sentBy('fetch its lists', (host) => of(host).refresh(call)),
    sentBy('versions on offer', (host) => of(host).offered('kubeadm')),
    sentBy('versions on offer on another release line', (host) => of(host).probe(minor)),
    sentBy('finish an interrupted operation', (host) => of(host).repair(call)),
    sentBy('install kubeadm', (host) => of(host).install(call, [{ name: 'kubeadm', exact }])),
    sentBy('install an older kubelet', (host) =>
      of(host).install(call, [{ name: 'kubelet', exact }], { allowDowngrade: true }),
    ),
    sentBy('install kubelet and kubectl', (host) =>
      of(host).install(call, [
        { name: 'kubelet', exact },
        { name: 'kubectl', exact },
      ]),
    ),
  ]);
  return groups.flat().map((sent) => ({ ...sent, title: `${sent.title} (${name})` }));
}

async function rollbackCommands(): Promise<Sent[][]> {
  const key = StepKey.parse('back/cp-1/restore-static-pods');
  const question = {
    pod: 'kube-scheduler',
    image: 'registry.k8s.io/kube-scheduler:v1.33.13',
    probe: 'https://127.0.0.1:10259/healthz',
    before: beforeFile(run, key, 'kube-scheduler'),
  } as const;
  const pods = ['kube-apiserver', 'etcd'] as const;
  const restore = {
    run,
    token: `back-${run}`,
    tool: '/usr/local/bin/etcdutl',
    snapshot: `${outboxOf(run)}/restore.db`,
    member: 'cp-1',
    members: [
      { name: 'cp-1', peerUrl: 'https://10.0.0.11:2380' },
      { name: 'cp-2', peerUrl: 'https://10.0.0.12:2380' },
    ],
  };
  const mark = agentsMark(run, StepKey.parse('back/cp-1/restart-node-agents'));
  return Promise.all([
    sentBy('files of the kubelet, summed up', (host) => readFileSums(host, kubeletFiles)),
    sentBy("what the kubelet's resource managers remember", (host) => unfitStates(host, '')),
    sentBy("remove the newer version's files", (host) => removeFiles(host, [instanceConfig])),
    sentBy('a static pod, without the API', (host) => readStaticPods(host, [question])),
    sentBy('what a static pod said last', (host) => staticPodLastWords(host, 'etcd')),
    sentBy('take manifests away', act(takeAwayCommand(stoppedDirectory(run), pods))),
    sentBy('static pods that are left', (host) => staticPodsLeft(host, pods)),
    sentBy('stop static pods by the runtime', act(stopContainersCommand(pods))),
    sentBy('what restores a snapshot', (host) => findRestoreTools(host, ['/opt/etcd/etcdutl'])),
    sentBy('restore a snapshot of etcd', act(restoreCommand(restore))),
    sentBy("etcd's data", (host) => readRestored(host, run)),
    sentBy('restart what watches the API', act(restartAgentsCommand(mark))),
    sentBy('what watches the API', (host) => readAgents(host, mark)),
  ]);
}

async function commonCommands(): Promise<Sent[]> {
  const record = recordLine(run, to);
  const groups = await Promise.all([
    sentBy('facts of the machine', (host) => readHostFacts(host)),
    sentBy('state of the packages', readPackageState),
    sentBy('images of the version', (host) => listImages(host, to, 'registry.k8s.io')),
    sentBy('images that are missing', (host) =>
      missingImages(host, ['registry.k8s.io/pause:3.10.1', 'registry.k8s.io/etcd:3.6.5-0']),
    ),
    sentBy('pull images', act(pullCommand(['registry.k8s.io/pause:3.10.1', 'registry.k8s.io/etcd:3.6.5-0']))),
    sentBy('static pod manifests', readManifests),
    sentBy("the node's own kube-apiserver", readLocalApiServer),
    sentBy("the container runtime's socket", readCriSocket),
    sentBy('what kubeadm finished last', readKubeadmRecord),
    sentBy('kubeadm upgrade apply', act(upgradeCommand('apply', to, plain, record))),
    sentBy('kubeadm upgrade apply, with options', act(upgradeCommand('apply', to, options, record))),
    sentBy('kubeadm upgrade node', act(upgradeCommand('node', to, plain, record))),
    sentBy("remove kubeadm's old copies", tidyKubeadmCopies),
    sentBy('state of etcd', readEtcd),
    sentBy("enable etcd's downgrade", act(enableDowngradeCommand(MinorVersion.parse('3.5')))),
    sentBy("move etcd's leadership", act(moveLeaderCommand('14772832823008743594'))),
    sentBy(
      'save a snapshot of etcd',
      act(saveSnapshotCommand(`k8s-upgrade-bot-${run}.db`, `${outboxOf(run)}/etcd.db`)),
    ),
    sentBy(
      'save an external etcd by the configured command',
      act(configuredSnapshotCommand(['save-etcd', '--to', '{target}'], `${outboxOf(run)}/etcd.db`)),
    ),
    sentBy(
      'a configured add-on',
      act(addonCommand(addonFile(run, addonKey, 'done'), ['cilium', 'upgrade', '--version', 'v1.34.9'])),
    ),
    sentBy('whether an add-on ran', (host) => addonIsMarked(host, addonFile(run, addonKey, 'done'))),
    sentBy('make room for a manifest', (host) => prepareOutbox(host, run)),
    sentBy(
      'apply a manifest',
      act(applyManifestCommand(addonFile(run, addonKey, 'done'), addonFile(run, addonKey, 'yaml'), true)),
    ),
    sentBy('verify an add-on', (host) => addonProblem(host, ['cilium', 'status'], 30)),
    sentBy(
      "pack the node's files",
      act(archiveCommand(`${outboxOf(run)}/cp-1.tar.gz`, ['/etc/apt/sources.list.d/kubernetes.list'])),
    ),
    sentBy('remove a file that was fetched', (host) => removeFile(host, `${outboxOf(run)}/cp-1.tar.gz`)),
    sentBy('state of the kubelet', readKubelet),
    sentBy('restart the kubelet', act(restartCommand)),
    sentBy("the kubelet's last words", kubeletLastWords),
  ]);
  return [...groups.flat(), ...(await rollbackCommands()).flat()];
}

async function commandsOf(family: OsFamily): Promise<Sent[]> {
  const own = Object.entries(states).filter(([, state]) => state.os.family === family);
  const packages = await Promise.all(own.map(([name, state]) => packageCommands(name, state)));
  return [...packages.flat(), ...(await commonCommands())];
}

test.each(['debian', 'rhel'] as const)(
  'every command line that a node of the %s family is sent',
  async (family) => {
    const text = (await commandsOf(family))
      .map(
        ({ title, how, argv, environment, stdin }) =>
          `${title}\n${readableCommand(how, argv, environment, stdin)}\n`,
      )
      .join('\n');
    await expect(text).toMatchFileSnapshot(`golden/commands-${family}.txt`);
  },
);

test('every script is one that a POSIX shell can read, and no value is part of a script', async () => {
  const scripts = new Set<string>();
  for (const { argv } of [...(await commandsOf('debian')), ...(await commandsOf('rhel'))]) {
    if (argv[0] === 'sh') scripts.add(argv[2] ?? '');
  }
  expect(scripts.size).toBeGreaterThan(12);
  for (const text of scripts) {
    expect(text).not.toMatch(/1\.34|abc234|cp-1/);
    const checked = spawnSync('sh', ['-n', '-c', text], { encoding: 'utf8' });
    expect(checked.stderr).toBe('');
  }
});
