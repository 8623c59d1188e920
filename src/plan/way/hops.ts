import type { UpgradeIntent } from '../../domain/intent.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import {
  compareVersions,
  type KubernetesVersion,
  MinorVersion,
  minorNumber,
  newest,
  sameMajor,
} from '../../domain/version.ts';
import { currentVersion, newestApiServer } from '../running.ts';
import { offeredByAll } from './instead.ts';

/** The versions of a way, the last is the target; or the release line that no patch on offer to every node leads through. */
export type Hops =
  | { readonly status: 'found'; readonly hops: readonly [KubernetesVersion, ...KubernetesVersion[]] }
  | { readonly status: 'missing'; readonly minor: MinorVersion };

/** Minors between the oldest API server and a target; negative when it lies below. */
export function minorsAway(snapshot: Snapshot, target: KubernetesVersion): number {
  return minorNumber(target) - minorNumber(currentVersion(snapshot));
}

/**
 * The versions that the control plane goes through, one a hop: never more than one minor at a time (version skew policy:
 * kube-apiserver may not skip minors, single control planes included). Between here and the target it is the newest patch
 * of each minor that every node's repository offers. Where an earlier upgrade stopped midway, the first hop finishes it.
 */
export function hopsBetween(snapshot: Snapshot, target: KubernetesVersion): Hops {
  const last = newestApiServer(snapshot);
  const from = minorNumber(currentVersion(snapshot));
  const to = minorNumber(target);
  const offered = offeredByAll(snapshot).filter((version) => sameMajor(version, target));
  const between: KubernetesVersion[] = [];
  for (let minor = from + 1; minor < to; minor += 1) {
    const stop = newest(
      offered.filter((version) => minorNumber(version) === minor && compareVersions(version, last) >= 0),
    );
    if (stop !== undefined) between.push(stop);
    // What the newest API server is past already needs no stop.
    else if (minor >= minorNumber(last)) return { status: 'missing', minor: minorLine(target, minor) };
  }
  const [first, ...rest] = between;
  return { status: 'found', hops: first === undefined ? [target] : [first, ...rest, target] };
}

/** The hops of an intent. One that skips minors without being asked to go in hops is refused before this matters. */
export function hopsOf(
  snapshot: Snapshot,
  { target, inHops }: UpgradeIntent,
): readonly [KubernetesVersion, ...KubernetesVersion[]] {
  const found = inHops === true ? hopsBetween(snapshot, target) : undefined;
  return found?.status === 'found' ? found.hops : [target];
}

function minorLine(like: KubernetesVersion, minor: number): MinorVersion {
  return MinorVersion.parse(`${like.slice(1).split('.')[0]}.${minor}`);
}
