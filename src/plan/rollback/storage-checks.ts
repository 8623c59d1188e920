import type { VerdictCheck } from '../../domain/rollback.ts';
import type { StoredKind } from '../../domain/rollback-facts.ts';
import { type KubernetesVersion, minorNumber, oldest } from '../../domain/version.ts';
import { storageChanges } from '../data/storage-changes.ts';
import { newestApiServer } from '../running.ts';
import { count, forms, listOf } from '../text.ts';
import { apiServersAfter, controlPlanesBack, type Sight } from './sight.ts';

/**
 * Whether an older API server reads what a newer one has stored. None of it where no API server goes back to an older
 * minor, or where the data itself goes back.
 */
export function storageChecks(sight: Sight): VerdictCheck[] {
  const to = oldest([...apiServersAfter(sight).values()]);
  const from = newestApiServer(sight.snapshot);
  const goesBack = controlPlanesBack(sight).some(({ staticPods }) => staticPods);
  if (sight.way === 'restore' || !goesBack || to === undefined || minorNumber(to) >= minorNumber(from))
    return [];
  return [
    hopCheck(from, to),
    storedVersions(sight, from, to),
    alphaObjects(sight, to),
    crdVersions(sight),
  ].filter((check) => check !== undefined);
}

/** One minor is all that is promised (Kubernetes deprecation policy, rule 4b). */
function hopCheck(from: KubernetesVersion, to: KubernetesVersion): VerdictCheck | undefined {
  const minors = minorNumber(from) - minorNumber(to);
  if (minors <= 1) return undefined;
  return {
    code: 'minors',
    state: 'fails',
    detail: `${minors} minors lie between ${from} and ${to}: an API server reads what the next minor has stored, and no further.`,
  };
}

function objectsOf({ facts }: Sight, kinds: readonly Pick<StoredKind, 'resource'>[]): number | undefined {
  const { objects } = facts;
  if (objects.state === 'unknown') return undefined;
  return kinds.reduce((sum, { resource }) => sum + (objects.counts[resource] ?? 0), 0);
}

const named = (kinds: readonly StoredKind[]) =>
  listOf(kinds.map(({ resource, storedAs }) => `${resource} (${storedAs})`));

function storedVersions(sight: Sight, from: KubernetesVersion, to: KubernetesVersion): VerdictCheck {
  const { stored } = sight.facts;
  if (stored.state === 'unknown') {
    return {
      code: 'storage',
      state: 'unknown',
      detail: `In which versions objects are stored could not be looked at: ${stored.why}. One minor back they can be read unless they are alpha.`,
    };
  }
  const changed = stored.kinds.filter(({ group, resource, storedAs }) =>
    storageChanges.some(
      (change) =>
        change.minor > minorNumber(to) &&
        change.minor <= minorNumber(from) &&
        change.group === group &&
        change.resource === resource &&
        change.to === storedAs,
    ),
  );
  const objects = objectsOf(sight, changed);
  const checked =
    changed.length === 0
      ? `${count(stored.kinds.length, 'kind')} checked, none is stored in a version that is new in v1.${minorNumber(from)}`
      : `${objects === undefined ? 'objects' : count(objects, 'object')} in ${count(changed.length, 'kind')} are stored in versions ` +
        `that are new in v1.${minorNumber(from)}: ${named(changed)}`;
  return { code: 'storage', state: 'holds', detail: `${checked}; v1.${minorNumber(to)} reads them all.` };
}

/** No release promises to read another one's alpha versions. */
function alphaObjects(sight: Sight, to: KubernetesVersion): VerdictCheck {
  const { stored } = sight.facts;
  if (stored.state === 'unknown') {
    return {
      code: 'alpha-objects',
      state: 'unknown',
      detail: `Stored alpha objects could not be looked for: ${stored.why}.`,
    };
  }
  const alpha = stored.kinds.filter(({ storedAs }) => storedAs?.includes('alpha') === true);
  const odd = stored.kinds.filter(({ storedAs }) => storedAs === undefined);
  const { objects } = sight.facts;
  const holding = alpha.filter((kind) => objectsOf(sight, [kind]) !== 0);
  if (holding.length === 0) {
    if (odd.length > 0) {
      const names = listOf(odd.map(({ resource }) => resource));
      return {
        code: 'alpha-objects',
        state: 'unknown',
        detail: `The stored ${forms(odd, 'version', 'versions')} of ${names} could not be told from the API server's hash.`,
      };
    }
    return { code: 'alpha-objects', state: 'holds', detail: 'No object is stored in an alpha version.' };
  }
  if (objects.state === 'unknown') {
    return {
      code: 'alpha-objects',
      state: 'unknown',
      detail: `Alpha versions are stored of ${named(holding)}; how many objects could not be counted: ${objects.why}.`,
    };
  }
  return {
    code: 'alpha-objects',
    state: 'fails',
    detail: `${count(objectsOf(sight, holding) ?? 0, 'object')} stored in alpha versions that v1.${minorNumber(to)} need not read: ${named(holding)}. Delete them first, or restore the snapshot.`,
  };
}

function crdVersions({ snapshot }: Sight): VerdictCheck {
  const { crds } = snapshot;
  if (crds === undefined) {
    return { code: 'crds', state: 'unknown', detail: 'CustomResourceDefinitions could not be looked at.' };
  }
  const broken = crds.filter(({ storedVersions, versions }) =>
    storedVersions.some((stored) => !versions.some(({ name }) => name === stored)),
  );
  return broken.length === 0
    ? {
        code: 'crds',
        state: 'holds',
        detail:
          crds.length === 0
            ? 'There is no CustomResourceDefinition.'
            : `${count(crds.length, 'CustomResourceDefinition')} checked, each knows the versions that it has stored.`,
      }
    : {
        code: 'crds',
        state: 'fails',
        detail: `${count(broken.length, 'CustomResourceDefinition')} no longer know a version that they have stored: ${listOf(broken.map(({ name }) => name))}.`,
      };
}
