import type { EtcdMember, NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { isHalfDone } from '../nodes/pending.ts';
import { etcdMembersOf } from '../running.ts';
import { compareNames } from '../text.ts';

/** A control plane's place in the order, with the reason that people are shown. */
export interface Place {
  readonly node: NodeSnapshot;
  readonly isEtcdLeader: boolean;
  readonly reason: string;
}

/**
 * The order of the control planes: the etcd leader last, so that leadership moves once; before it the ones that an
 * earlier run began, so that no second one is opened up while the first is half done; the rest by name.
 */
export function orderControlPlanes(
  pending: readonly NodeSnapshot[],
  snapshot: Snapshot,
  target: KubernetesVersion,
): Place[] {
  const leader = etcdMembersOf(snapshot).find((member) => member.isLeader)?.node;
  const rank = (node: NodeSnapshot) => (node.name === leader ? 2 : isHalfDone(node, target) ? 0 : 1);
  const reason = (node: NodeSnapshot) => {
    if (pending.length === 1) return 'the only control plane to do';
    if (node.name === leader) return 'etcd leader, last';
    return isHalfDone(node, target) ? 'begun earlier, finished first' : 'by name';
  };
  return pending
    .toSorted((a, b) => rank(a) - rank(b) || compareNames(a.name, b.name))
    .map((node) => ({ node, isEtcdLeader: node.name === leader, reason: reason(node) }));
}

/**
 * The member that etcd's snapshot is taken from: healthy, on a node of ours, and rather not the leader, which has enough
 * to do. Undefined where there is none (then a blocker stands).
 */
export function backupMember(snapshot: Snapshot): EtcdMember | undefined {
  return etcdMembersOf(snapshot)
    .filter((member) => member.healthy && !member.isLearner && member.node !== undefined)
    .toSorted((a, b) => Number(a.isLeader) - Number(b.isLeader) || compareNames(a.name, b.name))[0];
}
