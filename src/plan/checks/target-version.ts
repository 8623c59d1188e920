import type { Finding } from '../../domain/finding.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { compareVersions, type KubernetesVersion, minorNumber, sameMajor } from '../../domain/version.ts';
import { currentVersion } from '../running.ts';
import { hopsBetween } from '../way/hops.ts';
import { insteadOf } from '../way/instead.ts';
import { type Check, when } from './check.ts';

/**
 * Whether the way from the present version to the target is one that exists: up, within the major, at most one minor
 * (version skew policy; kubeadm phases/upgrade/policy.go refuses the same).
 */
export const checkTargetVersion: Check = (snapshot, { target, cluster, inHops = false }) => {
  const current = currentVersion(snapshot);
  const common = {
    severity: 'blocker' as const,
    objects: [{ kind: 'Cluster', name: cluster }],
    facts: { current, target },
  };
  if (!sameMajor(current, target)) {
    return [
      {
        ...common,
        code: 'skew.other-major',
        summary: `${target} is of another major release than ${current}.`,
        remedy: 'Ask for a version of the same major release.',
      },
    ];
  }
  const steps = minorNumber(target) - minorNumber(current);
  const downwards = compareVersions(target, current) < 0;
  return [
    ...when(steps < 0, () => ({
      ...common,
      code: 'skew.downgrade',
      summary: `${target} is older than ${current}, which the cluster runs: that is a way back, not an upgrade.`,
      remedy: `Going back is a rollback of the run that brought ${current}, with its backups; an upgrade cannot do it.`,
    })),
    ...when(steps === 0 && downwards, () => ({
      ...common,
      code: 'skew.patch-downgrade',
      summary: `${target} is an older patch than ${current}, which the cluster runs.`,
      remedy: `Stay on ${current}, or ask for a newer patch; going back is a rollback.`,
    })),
    ...when(steps > 1 && !inHops, () => {
      const next = `v${current.slice(1).split('.')[0]}.${minorNumber(current) + 1}`;
      const instead = insteadOf(snapshot, target);
      const way = hopsBetween(snapshot, target);
      return {
        ...common,
        code: 'skew.minor-skipped',
        summary: `kube-apiserver is ${current}: it goes one minor at a time, and ${target} is ${steps} minors away.`,
        remedy:
          way.status === 'found'
            ? `Plan it in ${way.hops.length} hops (${[current, ...way.hops].join(' → ')}), or ${instead ?? `the newest patch of ${next}`} first.`
            : `Plan ${instead ?? `the newest patch of ${next}`} first, then ${target}.`,
      };
    }),
    ...(steps > 1 && inHops ? missingOnTheWay(snapshot, target, common) : []),
  ];
};

/** The minor between here and the target that no repository leads through, if there is one. */
function missingOnTheWay(
  snapshot: Snapshot,
  target: KubernetesVersion,
  common: Pick<Finding, 'severity' | 'objects' | 'facts'>,
): Finding[] {
  const way = hopsBetween(snapshot, target);
  if (way.status === 'found') return [];
  return [
    {
      ...common,
      code: 'packages.version-missing',
      summary: `The way from ${common.facts['current']} to ${target} leads through v${way.minor}, and no patch of it is on offer to every node.`,
      facts: { ...common.facts, missing: way.minor },
      remedy: `Bring a patch of v${way.minor} to the repositories of all nodes, then plan again.`,
    },
  ];
}
