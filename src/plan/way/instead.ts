import type { Snapshot } from '../../domain/snapshot.ts';
import {
  compareVersions,
  type KubernetesVersion,
  minorNumber,
  newest,
  sameMajor,
} from '../../domain/version.ts';
import { controlPlanesOf, currentVersion } from '../running.ts';

/**
 * Versions that every node's repository offers, as far as it said; oldest first. A repository that said nothing but why it
 * cannot be asked is a finding of its own and takes no part.
 */
export function offeredByAll(snapshot: Pick<Snapshot, 'nodes'>): KubernetesVersion[] {
  const lists = snapshot.nodes.flatMap(({ host }) =>
    host.status === 'reached' && host.offered !== undefined && !isSilent(host) ? [host.offered] : [],
  );
  const [first = [], ...others] = lists.map((list) => new Set(list));
  return [...first].filter((version) => others.every((list) => list.has(version))).sort(compareVersions);
}

function isSilent({
  offered,
  offeredProblem,
}: {
  offered?: unknown[] | undefined;
  offeredProblem?: string | undefined;
}) {
  return offeredProblem !== undefined && (offered ?? []).length === 0;
}

/**
 * The version to plan instead of one that was refused: the newest on offer that is above the present one and at most
 * one minor away. Undefined where none is known, or it is the refused one itself.
 */
export function insteadOf(snapshot: Snapshot, refused: KubernetesVersion): KubernetesVersion | undefined {
  if (controlPlanesOf(snapshot).length === 0) return undefined;
  const from = currentVersion(snapshot);
  const instead = newest(
    offeredByAll(snapshot).filter(
      (version) =>
        sameMajor(version, from) &&
        compareVersions(version, from) > 0 &&
        minorNumber(version) - minorNumber(from) <= 1,
    ),
  );
  return instead === refused ? undefined : instead;
}
