import { compareVersions, minorNumber } from '../../domain/version.ts';
import { controlPlanesOf, currentVersion, newestApiServer } from '../running.ts';
import { listOf } from '../text.ts';
import { type Check, nodeObjects, when } from './check.ts';

/**
 * Whether the API servers are close enough together to begin (version skew policy: newest and oldest within one
 * minor), and whether different versions mean an upgrade that stopped midway, which this target finishes or cannot.
 */
export const checkApiServerSkew: Check = (snapshot, { target }) => {
  const oldest = currentVersion(snapshot);
  const newest = newestApiServer(snapshot);
  if (oldest === newest) return [];

  const nodes = controlPlanesOf(snapshot);
  const versions = new Map<string, string[]>();
  for (const { name, controlPlane } of nodes) {
    const running = controlPlane?.apiServer ?? 'an unknown version';
    versions.set(running, [...(versions.get(running) ?? []), name]);
  }
  const told = [...versions].map(([running, names]) => `${listOf(names)} on ${running}`).join(', ');
  const common = { objects: nodeObjects(nodes), facts: { oldest, newest, target } };

  const minors = minorNumber(newest) - minorNumber(oldest);
  const finishes = compareVersions(newest, target) <= 0;
  return [
    ...when(minors > 1, () => ({
      ...common,
      code: 'skew.api-servers-apart',
      severity: 'blocker' as const,
      summary: `API servers are ${minors} minors apart (${told}); they may be one.`,
      remedy: `Bring the ones on ${oldest} to the next minor by hand before anything else.`,
    })),
    ...when(minors <= 1 && finishes, () => ({
      ...common,
      code: 'skew.half-finished-upgrade',
      severity: 'warning' as const,
      summary: `An earlier upgrade stopped midway (${told}); this plan finishes it.`,
      remedy: 'Find out why it stopped before approving: the same may happen again.',
    })),
    ...when(minors <= 1 && !finishes, () => ({
      ...common,
      code: 'skew.half-finished-upgrade',
      severity: 'blocker' as const,
      summary: `An earlier upgrade stopped midway (${told}), and ${target} is older than ${newest}.`,
      remedy: `Plan ${newest} to finish it, or roll the earlier upgrade back.`,
    })),
  ];
};
