import type { Target } from '../../domain/intent.ts';
import {
  compareVersions,
  type KubernetesVersion,
  MinorVersion,
  minorNumber,
  minorOf,
  sameMajor,
} from '../../domain/version.ts';
import { kubeletMinorsBehind } from './legs.ts';

/** More than a few years of releases in one plan is a mistake, and each line costs a question to every repository. */
const mostMinors = 12;

/** What is known of a cluster before it is looked at. */
export interface Present {
  /** Versions of all API servers that answered. */
  readonly apiServers: readonly KubernetesVersion[];
  readonly kubelets: readonly KubernetesVersion[];
}

/**
 * The release lines whose repositories a plan has to ask: those of all hops on the way and, where a kubelet will have to
 * catch up first, the present one. Few, because each is asked of every node.
 */
export function wantedMinors({ apiServers, kubelets }: Present, target: Target): MinorVersion[] {
  const [oldest] = apiServers.toSorted(compareVersions);
  const newest = apiServers.toSorted(compareVersions).at(-1);
  if (oldest === undefined || newest === undefined) return [];
  const wanted = minorOfTarget(target);
  if (wanted !== undefined && wanted.split('.')[0] !== minorOf(oldest).split('.')[0]) return [wanted];
  const present = minorNumber(oldest);
  const last = wanted === undefined ? minorNumber(newest) + 1 : minorNumber(wanted);
  if (last < present) return [line(oldest, last)];
  const catchesUp = kubelets.some(
    (kubelet) => sameMajor(kubelet, oldest) && minorNumber(kubelet) < last - kubeletMinorsBehind,
  );
  // `latest` may be a patch of the present line.
  const needsPresent = last === present || target.kind === 'latest' || catchesUp;
  const first = needsPresent ? present : present + 1;
  if (last - first >= mostMinors) return [line(oldest, present + 1), line(oldest, last)];
  return Array.from({ length: last - first + 1 }, (_, index) => line(oldest, first + index));
}

function minorOfTarget(target: Target): MinorVersion | undefined {
  if (target.kind === 'exact') return minorOf(target.version);
  return target.kind === 'minor' ? target.minor : undefined;
}

function line(like: KubernetesVersion, minor: number): MinorVersion {
  return MinorVersion.parse(`${like.slice(1).split('.')[0]}.${minor}`);
}
