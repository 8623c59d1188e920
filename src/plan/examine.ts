import type { Finding } from '../domain/finding.ts';
import type { ClusterName, Instant } from '../domain/names.ts';
import type { Policy } from '../domain/policy.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { compareVersions, type KubernetesVersion } from '../domain/version.ts';
import { bySeverity, severityRank } from './checks/check.ts';
import { findingsOf } from './checks/findings.ts';
import { normalise } from './normalise.ts';
import { currentVersion, newestApiServer } from './running.ts';

/** What the checks find in a cluster, whether or not anybody wants to upgrade it. */
export interface Diagnosis {
  readonly cluster: ClusterName;
  readonly takenAt: Instant;
  readonly nodes: number;
  /** The oldest API server's version. */
  readonly current: KubernetesVersion;
  /** The version that was checked against beside the present one; absent where none is known. */
  readonly target?: KubernetesVersion;
  /** Blockers first. `ahead`: it only matters for going to the target. */
  readonly entries: readonly { readonly finding: Finding; readonly ahead: boolean }[];
}

/** What these say of later releases, the look at the way ahead says as what it is there. */
const aboutLater: ReadonlySet<string> = new Set(['api.deprecated-in-use', 'api.deprecated-in-objects']);

const keyOf = ({ code, objects }: Finding): string =>
  JSON.stringify([code, objects.map(({ kind, namespace, name }) => [kind, namespace, name])]);

/**
 * The checks alone: against what the cluster runs today and, with a target, against the way there. What both find is
 * told once, as gravely as the graver of the two.
 */
export function examine(unordered: Snapshot, policy: Policy, target?: KubernetesVersion): Diagnosis {
  const snapshot = normalise(unordered);
  const { cluster, takenAt, nodes } = snapshot;
  const newest = newestApiServer(snapshot);
  const today = findingsOf(snapshot, { cluster, target: newest }, policy);
  const goesOn = target !== undefined && compareVersions(target, newest) !== 0;
  const ahead = goesOn ? findingsOf(snapshot, { cluster, target, inHops: true }, policy) : [];
  const present = goesOn ? today.filter(({ code }) => !aboutLater.has(code)) : today;
  const byKey = new Map(present.map((finding) => [keyOf(finding), { finding, ahead: false }]));
  for (const finding of ahead) {
    const known = byKey.get(keyOf(finding));
    const isGraver =
      known === undefined || severityRank[finding.severity] < severityRank[known.finding.severity];
    if (isGraver) byKey.set(keyOf(finding), { finding, ahead: known === undefined });
  }
  const entries = [...byKey.values()];
  const order = new Map(entries.map((entry) => [entry.finding, entry]));
  return {
    cluster,
    takenAt,
    nodes: nodes.length,
    current: currentVersion(snapshot),
    ...(target === undefined ? {} : { target }),
    entries: bySeverity(entries.map(({ finding }) => finding)).flatMap((finding) => order.get(finding) ?? []),
  };
}
