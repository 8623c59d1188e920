import { assertNever } from '../../domain/assert-never.ts';
import type { Target } from '../../domain/intent.ts';
import {
  compareVersions,
  type KubernetesVersion,
  minorNumber,
  minorOf,
  newest,
} from '../../domain/version.ts';

/**
 * The exact version that a person means, from what every node's repository offers. `next` is the newest patch of the next
 * minor, `latest` the newest on offer that one plan can reach (the next minor at most; version skew policy: never skip
 * one). Undefined when nothing on offer fits. Versions below the present one are none that `latest` could mean.
 */
export function resolveTarget(
  target: Target,
  current: KubernetesVersion,
  offered: readonly KubernetesVersion[],
): KubernetesVersion | undefined {
  const nextMinor = minorNumber(current) + 1;
  switch (target.kind) {
    case 'exact':
      return offered.find((version) => version === target.version);
    case 'minor':
      return newest(offered.filter((version) => minorOf(version) === target.minor));
    case 'next':
      return newest(offered.filter((version) => minorNumber(version) === nextMinor));
    case 'latest':
      return newest(
        offered.filter(
          (version) => minorNumber(version) <= nextMinor && compareVersions(version, current) >= 0,
        ),
      );
    default:
      return assertNever(target);
  }
}

/** The target as a person would write it. */
export function textOfTarget(target: Target): string {
  switch (target.kind) {
    case 'exact':
      return target.version.slice(1);
    case 'minor':
      return target.minor;
    case 'next':
    case 'latest':
      return target.kind;
    default:
      return assertNever(target);
  }
}
