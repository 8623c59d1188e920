import semver from 'semver';
import { assertNever } from '../../domain/assert-never.ts';
import type { RollbackScope } from '../../domain/rollback.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import {
  compareVersions,
  type KubernetesVersion,
  minorNumber,
  minorOf,
  parseVersion,
} from '../../domain/version.ts';
import { etcdMembersOf } from '../running.ts';
import { etcdLineOf } from '../way/etcd-move.ts';
import { type Destination, etcdLineAt, kubeadmAt } from './destination.ts';
import type { SavedState } from './saved-states.ts';
import type { RecordedUpgrade } from './upgrade.ts';

/** A node that goes back, and what of it: seen now, in whatever state it was left. */
export interface NodeBack {
  readonly node: NodeSnapshot;
  readonly to: SavedState;
  /** The kubelet's process or package is newer, or a package operation stands half-done. */
  readonly kubelet: boolean;
  /** kubeadm, kubectl or the repository are newer. */
  readonly tools: boolean;
  /** kubeadm may have rewritten the kubelet's files. */
  readonly files: boolean;
  /** A static pod beside etcd is newer, missing or not to be seen. */
  readonly staticPods: boolean;
  /** Its etcd member is of a newer release line, and etcd goes back, too. */
  readonly etcd: boolean;
  /** A run whose cordons are ours to take away has cordoned it. */
  readonly cordoned: boolean;
}

/**
 * The nodes that a rollback has something to do on: those that the upgrade changed, are within the scope, and are newer
 * now than they were. All others stay as they are. In the snapshot's order.
 * @param etcdGoesBack whether members of etcd are taken back to their older line
 */
export function nodesBack(
  upgrade: RecordedUpgrade,
  destination: Destination,
  snapshot: Snapshot,
  scope: RollbackScope,
  etcdGoesBack: boolean,
): NodeBack[] {
  return snapshot.nodes.flatMap((node): NodeBack[] => {
    const to = destination.nodes.get(node.name);
    if (to === undefined || !upgrade.changed.has(node.name) || !isWithin(scope, node)) return [];
    const back = nodeBack(node, to, upgrade, etcdGoesBack ? snapshot : undefined);
    return isAnything(back) ? [back] : [];
  });
}

/** Whether anything of a node goes back. */
function isAnything({ kubelet, tools, files, staticPods, etcd, cordoned }: NodeBack): boolean {
  return kubelet || tools || files || staticPods || etcd || cordoned;
}

/** Whether the machine itself has a turn, beside its static pods. */
export function hasMachineTurn({ kubelet, tools, files, cordoned }: NodeBack): boolean {
  return kubelet || tools || files || cordoned;
}

/** Whether a scope takes a node in. */
export function isWithin(scope: RollbackScope, { name, role }: Pick<NodeSnapshot, 'name' | 'role'>): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'workers':
      return role === 'worker';
    case 'control-plane':
      return role === 'control-plane';
    case 'nodes':
      return scope.nodes.includes(name);
    default:
      return assertNever(scope);
  }
}

function nodeBack(
  node: NodeSnapshot,
  to: SavedState,
  upgrade: RecordedUpgrade,
  etcdOf: Snapshot | undefined,
): NodeBack {
  const { name, host } = node;
  const files = upgrade.rewritten.has(name);
  return {
    node,
    to,
    kubelet: compareVersions(node.kubeletVersion, to.at.kubelet) > 0 || isPackageNewer(node, to),
    tools:
      host.status === 'reached' &&
      (isNewer(host.packages.kubeadm, kubeadmAt(to)) ||
        isNewer(host.packages.kubectl, newestOf(kubeadmAt(to), to.at.kubelet)) ||
        (host.repositoryMinor !== undefined &&
          minorNumber(host.repositoryMinor) > minorNumber(minorOf(kubeadmAt(to))))),
    files,
    staticPods: node.role === 'control-plane' && areStaticPodsNewer(node, to, upgrade),
    etcd: node.role === 'control-plane' && etcdOf !== undefined && isEtcdNewer(node, to, etcdOf),
    cordoned: node.unschedulable && upgrade.cordoners.some((run) => run === node.cordonedByRun),
  };
}

function isPackageNewer({ host }: NodeSnapshot, to: SavedState): boolean {
  return (
    host.status === 'reached' && (host.interruptedPackages || isNewer(host.packages.kubelet, to.at.kubelet))
  );
}

function isNewer(seen: string | undefined, than: KubernetesVersion): boolean {
  const version = seen === undefined ? undefined : parseVersion(seen);
  return version !== undefined && compareVersions(version, than) > 0;
}

function newestOf(a: KubernetesVersion, b: KubernetesVersion): KubernetesVersion {
  return compareVersions(a, b) >= 0 ? a : b;
}

const components = [
  ['kube-apiserver', 'apiServer'],
  ['kube-controller-manager', 'controllerManager'],
  ['kube-scheduler', 'scheduler'],
] as const;

/** By the mirror pods and by the manifests on the machine: after a crash the two may tell different things. */
function areStaticPodsNewer(node: NodeSnapshot, to: SavedState, upgrade: RecordedUpgrade): boolean {
  const { host, controlPlane } = node;
  return components.some(([pod, component]) => {
    const was = to.at.controlPlane?.[component] ?? upgrade.run.plan.from;
    const seen = [controlPlane?.[component], manifestTag(node, pod)].filter((tag) => tag !== undefined);
    if (seen.some((tag) => isNewer(tag, was))) return true;
    // kubeadm that is killed between two moves leaves a manifest missing: the pod is not newer then, but gone.
    const isMissing = host.status === 'reached' && !host.manifests.includes(`${pod}.yaml`);
    return upgrade.replaced.has(node.name) && (isMissing || seen.length === 0);
  });
}

function isEtcdNewer(node: NodeSnapshot, to: SavedState, snapshot: Snapshot): boolean {
  if (snapshot.etcd.topology === 'external') return false;
  const was = etcdLineAt(to);
  const member = etcdMembersOf(snapshot).find((one) => one.node === node.name);
  const seen = [member?.version, manifestTag(node, 'etcd')];
  return was !== undefined && seen.some((version) => isLineNewer(version, was));
}

/** Whether a version of etcd is of a newer release line than another, `3.6.5` than `3.5`. */
export function isLineNewer(version: string | undefined, line: string): boolean {
  const seen = version === undefined ? null : semver.coerce(etcdLineOf(version));
  const was = semver.coerce(line);
  return seen !== null && was !== null && semver.gt(seen, was);
}

/** The tag of a static pod's image as its manifest on the machine names it; undefined where that was not read. */
function manifestTag({ host }: NodeSnapshot, pod: string): string | undefined {
  if (host.status !== 'reached') return undefined;
  const manifest = host.machine?.staticPods.find(({ file }) => file === `${pod}.yaml`);
  return manifest && /:([^:/@]+)(?:@.*)?$/.exec(manifest.image)?.[1];
}
