import type { ObservedBackup } from '../../../src/domain/rollback-facts.ts';
import type { NodeSnapshot, Snapshot } from '../../../src/domain/snapshot.ts';
import type { StaticPod, Step } from '../../../src/domain/step.ts';
import { type KubernetesVersion, minorNumber } from '../../../src/domain/version.ts';
import { afterStep } from '../simulate.ts';

/** A step that the simulated cluster would not let through; what a real one says then. */
export class Impossible extends Error {}

/** What a backup file holds. */
export type Saved =
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

export const etcdMinorOf = (text: string) => Number(text.split('.')[1]);
export const pods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export const fieldOf = {
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

export function nodeIn(world: World, name: string): NodeSnapshot {
  const node = world.snapshot.nodes.find((one) => one.name === name);
  if (!node) throw new Impossible(`there is no node ${name}`);
  return node;
}

export function withNode(world: World, name: string, by: (node: NodeSnapshot) => NodeSnapshot): World {
  const nodes = world.snapshot.nodes.map((node) => (node.name === name ? by(node) : node));
  return { ...world, snapshot: { ...world.snapshot, nodes } };
}

export function withFiles(world: World, name: string, minor: number): World {
  return { ...world, kubeletFiles: new Map(world.kubeletFiles).set(name, minor) };
}

export function lacking<Value extends object>(value: Value, key: keyof Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Value;
}

export const isStopped = (world: World, name: string, pod: StaticPod) =>
  world.stopped.get(name)?.has(pod) === true;

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

export function needApi(world: World, step: Step): void {
  if (!apiAnswers(world)) throw new Impossible(`${step.key}: no API server answers`);
}

export function plain(world: World, step: Step): World {
  return { ...world, snapshot: afterStep(world.snapshot, step) };
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
