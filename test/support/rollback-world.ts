import { createHash } from 'node:crypto';
import { assertNever } from '../../src/domain/assert-never.ts';
import type { NodeName, RunId, StepKey } from '../../src/domain/names.ts';
import type { SavedFile } from '../../src/domain/rollback.ts';
import type { ObservedBackup } from '../../src/domain/rollback-facts.ts';
import type { NodeSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import type { StaticPod, Step, StepOf } from '../../src/domain/step.ts';
import { compareVersions, type KubernetesVersion, minorNumber, version } from '../../src/domain/version.ts';
import { afterStep } from './simulate.ts';
import { takenAt } from './snapshots.ts';

/** A step that the simulated cluster would not let through; what a real one says then. */
export class Impossible extends Error {}

/** What a backup file holds. */
type Saved =
  | {
      readonly kind: 'node-files';
      readonly node: NodeSnapshot;
      readonly kubeletFiles: number;
      readonly etcd: string;
    }
  | { readonly kind: 'config-maps'; readonly kubeadm: KubernetesVersion; readonly addons: Snapshot['addons'] }
  | { readonly kind: 'etcd-snapshot'; readonly world: World };

/** A cluster with what a snapshot does not show: files, data, what was saved. */
export interface World {
  readonly snapshot: Snapshot;
  /** The minor whose kubeadm wrote the kubelet's files of a node. */
  readonly kubeletFiles: ReadonlyMap<string, number>;
  readonly saved: ReadonlyMap<string, { readonly backup: ObservedBackup; readonly content: Saved }>;
  /** The minor of etcd's cluster version: it rises once all members are newer, and falls by a formal downgrade only. */
  readonly etcdMinor: number;
  readonly downgradeTo?: number;
  /** By member: which life of the data it has. */
  readonly data: ReadonlyMap<string, string>;
  /** Static pods whose manifests are away. */
  readonly stopped: ReadonlyMap<string, ReadonlySet<StaticPod>>;
  /** Nodes with agents that remember revisions of lost data. */
  readonly stale: ReadonlySet<string>;
}

const etcdMinorOf = (text: string) => Number(text.split('.')[1]);
const pods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
const fieldOf = {
  'kube-apiserver': 'apiServer',
  'kube-controller-manager': 'controllerManager',
  'kube-scheduler': 'scheduler',
} as const;

/** A world that begins as a snapshot shows it. */
export function worldOf(snapshot: Snapshot): World {
  const { etcd } = snapshot;
  const members = etcd.topology === 'stacked' ? etcd.members : [];
  return {
    snapshot,
    kubeletFiles: new Map(snapshot.nodes.map((node) => [node.name, minorNumber(node.kubeletVersion)])),
    saved: new Map(),
    etcdMinor: Math.min(...members.map((member) => etcdMinorOf(member.version)), Number.POSITIVE_INFINITY),
    data: new Map(members.map(({ name }) => [name, 'first'])),
    stopped: new Map(),
    stale: new Set(),
  };
}

function nodeIn(world: World, name: string): NodeSnapshot {
  const node = world.snapshot.nodes.find((one) => one.name === name);
  if (!node) throw new Impossible(`there is no node ${name}`);
  return node;
}

function withNode(world: World, name: string, by: (node: NodeSnapshot) => NodeSnapshot): World {
  const nodes = world.snapshot.nodes.map((node) => (node.name === name ? by(node) : node));
  return { ...world, snapshot: { ...world.snapshot, nodes } };
}

const isStopped = (world: World, name: string, pod: StaticPod) => world.stopped.get(name)?.has(pod) === true;

/** Whether the API answers: an API server runs, and etcd has a majority on one life of its data. */
export function apiAnswers(world: World): boolean {
  const { nodes, etcd } = world.snapshot;
  const servers = nodes.filter(
    ({ name, controlPlane }) =>
      controlPlane?.apiServer !== undefined && !isStopped(world, name, 'kube-apiserver'),
  );
  if (servers.length === 0) return false;
  if (etcd.topology === 'external') return true;
  const running = etcd.members.filter(({ name }) => !isStopped(world, name, 'etcd'));
  const lives = new Set(running.map(({ name }) => world.data.get(name)));
  return running.length > etcd.members.length / 2 && lives.size === 1;
}

function needApi(world: World, step: Step): void {
  if (!apiAnswers(world)) throw new Impossible(`${step.key}: no API server answers`);
}

function contentOf<Kind extends Saved['kind']>(
  world: World,
  file: SavedFile,
  kind: Kind,
): Saved & { kind: Kind } {
  const found = world.saved.get(file.path);
  if (found?.backup.sha256 !== file.sha256 || found.content.kind !== kind) {
    throw new Impossible(`${file.path} holds no ${kind} with that seal`);
  }
  return found.content as Saved & { kind: Kind };
}

function save(world: World, run: RunId, step: StepKey, name: string, content: Saved): World {
  const path = `/backups/${run}/${step.replaceAll('/', '_')}/${name}`;
  const backup: ObservedBackup = {
    run,
    step,
    kind: content.kind,
    path,
    sha256: createHash('sha256').update(path).digest('hex'),
    takenAt: new Date(takenAt - 3_600_000).toISOString(),
    state: 'intact',
  };
  return { ...world, saved: new Map(world.saved).set(path, { backup, content }) };
}

/** Where the configuration keeps the backups of one run only, those of others go as soon as there are newer ones. */
function pruned(world: World, run: RunId, { input }: StepOf<'back-up-etcd'>): World {
  const kept = [run, ...(input.keep ?? [])];
  return { ...world, saved: new Map([...world.saved].filter(([, { backup }]) => kept.includes(backup.run))) };
}

/** The world after a step of a run. Throws Impossible where a real cluster would refuse. */
export function act(world: World, step: Step, run: RunId): World {
  switch (step.kind) {
    case 'check-drift':
    case 'record-workloads':
    case 'soak':
      needApi(world, step);
      return world;
    case 'back-up-etcd':
      return pruned(save(world, run, step.key, 'etcd.db', { kind: 'etcd-snapshot', world }), run, step);
    case 'back-up-config-maps': {
      needApi(world, step);
      const content: Saved = {
        kind: 'config-maps',
        kubeadm: world.snapshot.kubeadm.kubernetesVersion,
        addons: world.snapshot.addons,
      };
      return save(
        save(world, run, step.key, 'addons-before.json', content),
        run,
        step.key,
        'config-maps.json',
        content,
      );
    }
    case 'back-up-node-files':
      return save(world, run, step.key, `${step.input.node}.tar.gz`, filesOf(world, step.input.node));
    case 'upgrade-control-plane':
      return upgraded(world, step);
    case 'upgrade-kubelet-config':
      return withFiles(world, step.input.node, minorNumber(step.input.version));
    case 'install-kubeadm':
      return inRepository(world, step, plain(world, step));
    case 'install-kubelet':
      return installKubelet(world, step);
    case 'switch-repository':
      return withNode(world, step.input.node, (node) =>
        node.host.status === 'reached'
          ? { ...node, host: { ...node.host, repositoryMinor: step.input.minor } }
          : node,
      );
    case 'restart-kubelet':
      return restartKubelet(world, step);
    case 'cordon-node':
    case 'drain-node':
      needApi(world, step);
      return withNode(world, step.input.node, (node) =>
        node.unschedulable ? node : { ...node, unschedulable: true, cordonedByRun: run },
      );
    case 'uncordon-node':
      needApi(world, step);
      return uncordon(world, step, run);
    case 'verify-node':
      return verifyNode(world, step);
    case 'verify-addons':
      needApi(world, step);
      if (world.snapshot.addons.kubeProxyImage?.endsWith(`:${step.input.version}`)) return world;
      throw new Impossible(`${step.key}: kube-proxy is ${world.snapshot.addons.kubeProxyImage}`);
    case 'verify-cluster':
      return verifyCluster(world, step, run);
    case 'restore-node-files':
      return withFiles(
        world,
        step.input.node,
        contentOf(world, step.input.backup, 'node-files').kubeletFiles,
      );
    case 'restore-static-pods':
      return restoreStaticPods(world, step);
    case 'restore-config-maps': {
      needApi(world, step);
      const { kubeadm } = contentOf(world, step.input.backup, 'config-maps');
      if (!step.input.names.includes('kubeadm-config')) return world;
      const { snapshot } = world;
      return {
        ...world,
        snapshot: { ...snapshot, kubeadm: { ...snapshot.kubeadm, kubernetesVersion: kubeadm } },
      };
    }
    case 'restore-addons': {
      needApi(world, step);
      contentOf(world, step.input.configMaps, 'config-maps');
      const { addons } = contentOf(world, step.input.backup, 'config-maps');
      return { ...world, snapshot: { ...world.snapshot, addons } };
    }
    case 'enable-etcd-downgrade':
      return enableDowngrade(world, step);
    case 'stop-static-pods':
      return stop(world, step);
    case 'restore-etcd':
      return restoreEtcd(world, step);
    case 'restart-node-agents': {
      needApi(world, step);
      if (nodeIn(world, step.input.node).kubeletVersion !== step.input.version) {
        throw new Impossible(`${step.key}: another kubelet runs there`);
      }
      return { ...world, stale: new Set([...world.stale].filter((name) => name !== step.input.node)) };
    }
    case 'back-up-external-etcd':
    case 'gate':
    case 'mark-next-nodes':
    case 'unmark-next-nodes':
    case 'move-etcd-leader':
    case 'pull-images':
    case 'quarantine-node':
    case 'run-addon':
      return plain(world, step);
    default:
      return assertNever(step);
  }
}

function plain(world: World, step: Step): World {
  return { ...world, snapshot: afterStep(world.snapshot, step) };
}

function filesOf(world: World, name: string): Saved {
  const { etcd } = world.snapshot;
  const members = etcd.topology === 'stacked' ? etcd.members : [];
  return {
    kind: 'node-files',
    node: nodeIn(world, name),
    kubeletFiles: world.kubeletFiles.get(name) ?? 0,
    etcd: members.find((member) => member.node === name)?.version ?? '',
  };
}

function withFiles(world: World, name: string, minor: number): World {
  return { ...world, kubeletFiles: new Map(world.kubeletFiles).set(name, minor) };
}

/** All members newer: etcd raises its cluster version by itself (etcd server/etcdserver/version/monitor.go). */
function raised(world: World): World {
  const { etcd } = world.snapshot;
  if (etcd.topology === 'external') return world;
  const lowest = Math.min(...etcd.members.map((member) => etcdMinorOf(member.version)));
  if (world.downgradeTo !== undefined) {
    return etcd.members.every((member) => etcdMinorOf(member.version) === world.downgradeTo)
      ? { ...without(world), etcdMinor: world.downgradeTo }
      : world;
  }
  return lowest > world.etcdMinor ? { ...world, etcdMinor: lowest } : world;
}

function without({ downgradeTo: _downgrade, ...world }: World): World {
  return world;
}

function upgraded(world: World, step: StepOf<'upgrade-control-plane'>): World {
  const { node, version: to } = step.input;
  const after = { ...world, snapshot: afterStep(world.snapshot, step) };
  return raised(withFiles(after, node, minorNumber(to)));
}

function inRepository(
  world: World,
  { key, input }: StepOf<'install-kubeadm'> | StepOf<'install-kubelet'>,
  after: World,
): World {
  const { host } = nodeIn(world, input.node);
  if (host.status !== 'reached') throw new Impossible(`${key}: unreachable`);
  if (
    host.repositoryMinor !== undefined &&
    minorNumber(host.repositoryMinor) !== minorNumber(input.version)
  ) {
    throw new Impossible(`${key}: the repository is on ${host.repositoryMinor}`);
  }
  return after;
}

function installKubelet(world: World, step: StepOf<'install-kubelet'>): World {
  const { host, unschedulable } = nodeIn(world, step.input.node);
  const installed = host.status === 'reached' ? host.packages.kubelet : undefined;
  if (!unschedulable) throw new Impossible(`${step.key}: the node is not drained`);
  const isDowngrade = installed !== undefined && compareVersions(version(installed), step.input.version) > 0;
  if (isDowngrade && step.input.downgrade !== true)
    throw new Impossible(`${step.key}: apt refuses to downgrade`);
  return inRepository(world, step, plain(world, step));
}

/** An older kubelet on the files of 1.34 or later does not know where the container runtime is (NodeLocalCRISocket). */
function restartKubelet(world: World, step: StepOf<'restart-kubelet'>): World {
  const { node: name, version: to } = step.input;
  const node = nodeIn(world, name);
  const binary = node.host.status === 'reached' ? node.host.packages.kubelet : undefined;
  if (binary !== to.slice(1)) throw new Impossible(`${step.key}: the package is ${binary}`);
  const files = world.kubeletFiles.get(name) ?? 0;
  if (files >= 34 && minorNumber(to) < 34)
    throw new Impossible(`${step.key}: the kubelet does not start on newer files`);
  return withNode(world, name, (before) => ({ ...before, kubeletVersion: to }));
}

function uncordon(world: World, step: StepOf<'uncordon-node'>, run: RunId): World {
  return withNode(world, step.input.node, (node) => {
    const isOurs = [run, ...(step.input.also ?? [])].some((mark) => mark === node.cordonedByRun);
    if (!isOurs) return node;
    const { cordonedByRun: _mark, ...rest } = node;
    return { ...rest, unschedulable: false };
  });
}

function verifyNode(world: World, step: StepOf<'verify-node'>): World {
  needApi(world, step);
  const { node: name, version: at, role, only } = step.input;
  const node = nodeIn(world, name);
  if (node.kubeletVersion !== at) throw new Impossible(`${step.key}: its kubelet is ${node.kubeletVersion}`);
  if (role === 'worker' || only === 'kubelet') return world;
  for (const pod of pods) {
    const seen = node.controlPlane?.[fieldOf[pod]];
    if (seen !== at) throw new Impossible(`${step.key}: ${pod} is ${seen}`);
  }
  return world;
}

function verifyCluster(world: World, step: StepOf<'verify-cluster'>, run: RunId): World {
  needApi(world, step);
  const { expect } = step.input;
  // An upgrade's own proof leaves out what its policy excludes; this one is about what rollbacks expect.
  if (!expect) return world;
  for (const node of world.snapshot.nodes) {
    const wanted = expect.kubelets.find((one) => one.node === node.name)?.version;
    const server = node.controlPlane?.apiServer;
    const servers = expect.apiServers;
    if (wanted !== undefined && node.kubeletVersion !== wanted) {
      throw new Impossible(`${step.key}: ${node.name} is ${node.kubeletVersion}`);
    }
    if (server !== undefined && !servers.includes(server)) {
      throw new Impossible(`${step.key}: the API server of ${node.name} is ${server}`);
    }
    if (wanted !== undefined && node.unschedulable && node.cordonedByRun === run) {
      throw new Impossible(`${step.key}: ${node.name} is still cordoned`);
    }
  }
  return world;
}

function restoreStaticPods(world: World, step: StepOf<'restore-static-pods'>): World {
  const { node: name, version: to } = step.input;
  const saved = contentOf(world, step.input.backup, 'node-files');
  if (saved.node.name !== name) throw new Impossible(`${step.key}: files of another node`);
  return step.input.pods.reduce((before, pod) => {
    const stopped = new Set([...(before.stopped.get(name) ?? [])].filter((one) => one !== pod));
    const started = { ...before, stopped: new Map(before.stopped).set(name, stopped) };
    if (pod === 'etcd') return startEtcd(started, step, saved.etcd);
    const was = saved.node.controlPlane?.[fieldOf[pod]];
    if (pod === 'kube-apiserver' && was !== to)
      throw new Impossible(`${step.key}: the manifest is of ${was}`);
    if (pod === 'kube-apiserver' && isStopped(started, name, 'etcd')) {
      throw new Impossible(`${step.key}: the API server finds no etcd`);
    }
    return withNode(started, name, (node) => ({
      ...node,
      controlPlane: { ...node.controlPlane, ...(was === undefined ? {} : { [fieldOf[pod]]: was }) },
      host:
        node.host.status === 'reached'
          ? { ...node.host, manifests: [...new Set([...node.host.manifests, `${pod}.yaml`])].sort() }
          : node.host,
    }));
  }, world);
}

function startEtcd(world: World, step: StepOf<'restore-static-pods'>, to: string): World {
  const { etcd } = world.snapshot;
  const { node } = step.input;
  if (etcd.topology === 'external') throw new Impossible(`${step.key}: etcd is external`);
  const minor = etcdMinorOf(to);
  const life = world.data.get(node);
  if (minor < world.etcdMinor && world.downgradeTo !== minor && life === 'first') {
    throw new Impossible(`${step.key}: invalid downgrade`);
  }
  const members = etcd.members.map((member) => (member.name === node ? { ...member, version: to } : member));
  const after = { ...world, snapshot: { ...world.snapshot, etcd: { ...etcd, members } } };
  return life === 'first' ? raised(after) : after;
}

function enableDowngrade(world: World, step: StepOf<'enable-etcd-downgrade'>): World {
  const { etcd } = world.snapshot;
  if (etcd.topology === 'external') throw new Impossible(`${step.key}: etcd is external`);
  const to = etcdMinorOf(step.input.minor);
  if (world.downgradeTo === to) return world;
  if (to !== world.etcdMinor - 1) throw new Impossible(`${step.key}: invalid downgrade target version`);
  return { ...world, downgradeTo: to };
}

function stop(world: World, step: StepOf<'stop-static-pods'>): World {
  const { node, pods: stopping } = step.input;
  if (stopping.includes('etcd')) {
    const running = world.snapshot.nodes.filter(({ controlPlane }) => controlPlane?.apiServer !== undefined);
    if (running.length > 0)
      throw new Impossible(`${step.key}: an API server still runs on ${running[0]?.name}`);
  }
  const stopped = new Set([...(world.stopped.get(node) ?? []), ...stopping]);
  const away = stopping.flatMap((pod) => (pod === 'etcd' ? [] : [fieldOf[pod]]));
  const after = withNode(world, node, ({ controlPlane, ...rest }) => ({
    ...rest,
    ...(controlPlane === undefined ? {} : { controlPlane: away.reduce(lacking, controlPlane) }),
  }));
  return { ...after, stopped: new Map(world.stopped).set(node, stopped) };
}

function restoreEtcd(world: World, step: StepOf<'restore-etcd'>): World {
  const { node, backup, minor, member, members, token } = step.input;
  const { etcd } = world.snapshot;
  if (etcd.topology === 'external') throw new Impossible(`${step.key}: etcd is external`);
  for (const one of etcd.members) {
    if (!isStopped(world, one.name, 'etcd'))
      throw new Impossible(`${step.key}: etcd still runs on ${one.name}`);
  }
  if (
    members.length !== etcd.members.length ||
    !members.some(({ name }) => name === member) ||
    member !== node
  ) {
    throw new Impossible(`${step.key}: not the members that there are`);
  }
  const saved = contentOf(world, backup, 'etcd-snapshot').world;
  const savedMember =
    saved.snapshot.etcd.topology === 'stacked'
      ? saved.snapshot.etcd.members.find(({ name }) => name === member)
      : undefined;
  if (savedMember === undefined || etcdMinorOf(savedMember.version) !== etcdMinorOf(minor)) {
    throw new Impossible(`${step.key}: etcdutl of another minor than the etcd that will start`);
  }
  const data = new Map(world.data).set(member, token);
  const isLast = etcd.members.every(({ name }) => data.get(name) === token);
  const after: World = {
    ...without(world),
    data,
    stale: new Set(world.snapshot.nodes.map(({ name }) => name)),
  };
  return isLast ? backInTime(after, saved) : after;
}

/** What the API tells once it runs on the restored data: cordons, ConfigMaps and add-ons of then, kubelets of now. */
function backInTime(world: World, saved: World): World {
  const { snapshot } = world;
  const nodes = snapshot.nodes.map(({ cordonedByRun: _mark, ...node }) => {
    const then = saved.snapshot.nodes.find(({ name }) => name === node.name);
    return {
      ...node,
      unschedulable: then?.unschedulable ?? false,
      ...(then?.cordonedByRun === undefined ? {} : { cordonedByRun: then.cordonedByRun }),
    };
  });
  const { kubeadm, addons } = saved.snapshot;
  return { ...world, etcdMinor: saved.etcdMinor, snapshot: { ...snapshot, nodes, kubeadm, addons } };
}

/**
 * What a step may leave behind when it is cut anywhere: at least nothing at all, and everything without anybody having
 * noted it.
 */
export function cuts(world: World, step: Step, run: RunId): World[] {
  const whole = [world, act(world, step, run)];
  if (step.kind === 'upgrade-control-plane') return [...whole, ...cutsOfKubeadm(world, step)];
  if (step.kind === 'install-kubelet' || step.kind === 'install-kubeadm') {
    return [...whole, ...whole.map((cut) => interrupted(cut, step.input.node))];
  }
  if (step.kind !== 'restore-static-pods') return whole;
  const { input } = step;
  const parts = input.pods.slice(1).map((_pod, index) => input.pods.slice(0, index + 1));
  return [...whole, ...parts.map((part) => act(world, { ...step, input: { ...input, pods: part } }, run))];
}

function interrupted(world: World, name: NodeName): World {
  return withNode(world, name, (node) =>
    node.host.status === 'reached' ? { ...node, host: { ...node.host, interruptedPackages: true } } : node,
  );
}

/** kubeadm replaces etcd, then the three others in turn, then writes what is not on the node, then the kubelet's files. */
function cutsOfKubeadm(world: World, step: StepOf<'upgrade-control-plane'>): World[] {
  const { node: name, version: to, etcd } = step.input;
  const done = upgraded(world, step).snapshot;
  const withEtcd =
    etcd === 'external' ? world : raised({ ...world, snapshot: { ...world.snapshot, etcd: done.etcd } });
  const found = [withEtcd];
  let so = withEtcd;
  for (const pod of pods) {
    // Killed between the two moves: the old manifest is away, the new one is not there yet.
    found.push(
      withNode(so, name, ({ controlPlane, host, ...node }) => ({
        ...node,
        ...(controlPlane === undefined ? {} : { controlPlane: lacking(controlPlane, fieldOf[pod]) }),
        host:
          host.status === 'reached'
            ? { ...host, manifests: host.manifests.filter((file) => file !== `${pod}.yaml`) }
            : host,
      })),
    );
    so = withNode(so, name, (node) => ({
      ...node,
      controlPlane: { ...node.controlPlane, [fieldOf[pod]]: to },
    }));
    found.push(so);
  }
  // ConfigMaps are written, and nothing after them.
  found.push({ ...so, snapshot: { ...so.snapshot, kubeadm: done.kubeadm } });
  return found;
}

function lacking<Value extends object>(value: Value, key: keyof Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Value;
}

/** What can be known of the cluster while no API server answers: what the upgrade's plan said, and what machines tell. */
export function blindly({ snapshot }: World, newest: KubernetesVersion): Snapshot {
  return {
    ...snapshot,
    apiServers: {},
    kubeadm: { ...snapshot.kubeadm, kubernetesVersion: newest },
    nodes: snapshot.nodes.map(({ cordonedByRun: _mark, ...node }) => ({
      ...node,
      ready: false,
      unschedulable: false,
      pods: { evictable: 0, unmanaged: [], emptyDir: [] },
    })),
    pdbs: [],
    gaps: [{ what: 'the API', why: 'no API server answers' }],
  };
}

/** Every backup that lies there, as somebody who looks sees it. */
export function backupsIn(world: World): ObservedBackup[] {
  return [...world.saved.values()].map(({ backup }) => backup);
}
