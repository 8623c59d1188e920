import semver from 'semver';
import type { Snapshot } from '../../domain/snapshot.ts';
import { type KubernetesVersion, minorNumber } from '../../domain/version.ts';
import { etcdMinors } from '../data/etcd-minors.ts';
import { etcdMembersOf } from '../running.ts';

/** What happens to etcd on the way to a version. Versions are etcd's own, without a v. */
export interface EtcdMove {
  /** The oldest member's version now; absent where etcd is external or shows no member. */
  readonly from?: string;
  /** The release line, or the pinned version, after it; absent where it is not known or not kubeadm's business. */
  readonly to?: string;
  /** Whether the release line moves up: then going back costs more once every member has moved. */
  readonly changesLine: boolean;
}

/** `3.5` of `3.5.24`. */
export function etcdLineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function lineFor(target: KubernetesVersion): string | undefined {
  return etcdMinors.find((line) => line.fromKubernetesMinor <= minorNumber(target))?.etcd;
}

/** What kubeadm will do to a stacked etcd: its own line for the target, unless ClusterConfiguration pins an image. */
export function etcdMove(snapshot: Snapshot, target: KubernetesVersion): EtcdMove {
  const versions = etcdMembersOf(snapshot).flatMap((member) => semver.valid(member.version) ?? []);
  const from = semver.sort(versions)[0];
  if (from === undefined) return { changesLine: false };
  const pinned = snapshot.kubeadm.etcdImageTag;
  // An image tag is a version with a revision of the image, `3.5.24-0`.
  const to = pinned === undefined ? lineFor(target) : pinned.replace(/^v/, '').split('-')[0];
  if (to === undefined) return { from, changesLine: false };
  const changesLine = semver.gt(`${etcdLineOf(to)}.0`, `${etcdLineOf(from)}.0`);
  return { from, to, changesLine };
}

/** What happens to etcd in each of several hops, one after the other. */
export function etcdMoves(snapshot: Snapshot, hops: readonly KubernetesVersion[]): EtcdMove[] {
  let before: EtcdMove | undefined;
  return hops.map((hop) => {
    const move = etcdMove(snapshot, hop);
    const since = before?.to;
    before = move;
    if (since === undefined || move.to === undefined || move.from === undefined) return move;
    const changesLine = semver.gt(`${etcdLineOf(move.to)}.0`, `${etcdLineOf(since)}.0`);
    return { ...move, from: since, changesLine };
  });
}
