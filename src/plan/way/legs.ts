import type { UpgradeIntent } from '../../domain/intent.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import { type KubernetesVersion, minorNumber } from '../../domain/version.ts';
import { removedFlags } from '../data/changes/flags.ts';
import { pendingNodes } from '../nodes/pending.ts';
import { currentVersion } from '../running.ts';
import { hopsOf } from './hops.ts';

/** A kubelet may be this many minors older than the newest kube-apiserver (version skew policy, since 1.28). */
export const kubeletMinorsBehind = 3;

/** A part of the way: a version, and the nodes that are taken to it. */
export interface Leg {
  readonly version: KubernetesVersion;
  /** Whether the control plane moves; else kubelets only catch up with it. */
  readonly isHop: boolean;
  readonly controlPlanes: readonly NodeSnapshot[];
  readonly workers: readonly NodeSnapshot[];
}

/**
 * The way of a whole cluster. Control planes take every hop. Workers skip hops while they may: only the last one takes
 * them all along; before a hop that would leave a kubelet more than three minors behind, its node goes to the version
 * that the control plane has by then (version skew policy, kubelet). So do those that need the kubeadm of that minor.
 */
export function legsOf(snapshot: Snapshot, intent: UpgradeIntent): Leg[] {
  const hops = hopsOf(snapshot, intent);
  const kubelets = new Map(snapshot.nodes.map((node) => [node.name, minorNumber(node.kubeletVersion)]));
  const leftBehindBy = (hop: KubernetesVersion): NodeSnapshot[] =>
    snapshot.nodes.filter(({ name }) => (kubelets.get(name) ?? 0) < minorNumber(hop) - kubeletMinorsBehind);
  const legs: Leg[] = [];
  const take = (isHop: boolean, version: KubernetesVersion, nodes: readonly NodeSnapshot[]): void => {
    for (const { name } of nodes) kubelets.set(name, minorNumber(version));
    legs.push({
      version,
      isHop,
      controlPlanes: nodes.filter((node) => node.role === 'control-plane'),
      workers: nodes.filter((node) => node.role === 'worker'),
    });
  };

  const early = leftBehindBy(hops[0]);
  if (early.length > 0) take(false, currentVersion(snapshot), early);
  hops.forEach((hop, index) => {
    const pending = pendingNodes(snapshot, hop);
    const controlPlanes = pending.filter((node) => node.role === 'control-plane');
    // Kubelets of control planes take every hop, so only workers can be left behind by the next one.
    for (const { name } of controlPlanes) kubelets.set(name, minorNumber(hop));
    const next = hops[index + 1];
    const behind = next === undefined ? pending : leftBehindBy(next);
    const workers = pending.filter(
      (node) => node.role === 'worker' && (behind.includes(node) || tidiedFlags(node, hop).length > 0),
    );
    take(true, hop, [...controlPlanes, ...workers]);
  });
  return legs;
}

/** Where kubeadm keeps the kubelet's flags. */
const kubeadmFlags = '/var/lib/kubelet/kubeadm-flags.env';

/**
 * Flags of a node that only the kubeadm of this very minor takes out of its file, and that later kubelets do not start
 * with: a worker that has one must not skip the minor.
 */
export function tidiedFlags({ host }: NodeSnapshot, version: KubernetesVersion): string[] {
  const files = host.status === 'reached' ? (host.machine?.kubelet.arguments ?? []) : [];
  const given = new Set(
    files.filter(({ file }) => file === kubeadmFlags).flatMap(({ flags }) => flags.map(({ name }) => name)),
  );
  return removedFlags.flatMap(({ component, flag, tidiedByKubeadm }) =>
    component === 'kubelet' && tidiedByKubeadm === minorNumber(version) && given.has(flag) ? [flag] : [],
  );
}
