import type { UpgradeIntent } from '../../domain/intent.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { minorNumber } from '../../domain/version.ts';
import { currentVersion } from '../running.ts';

/** Whether a minor that takes something away lies on the way of the API servers, the target's own included. */
export function isOnTheWay(
  minor: number,
  snapshot: Snapshot,
  { target }: Pick<UpgradeIntent, 'target'>,
): boolean {
  return minor > minorNumber(currentVersion(snapshot)) && minor <= minorNumber(target);
}
