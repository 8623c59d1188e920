import type { StoredApiUse } from '../../../domain/api-facts.ts';
import type { Finding, FindingObject } from '../../../domain/finding.ts';
import { removedApis } from '../../data/removed-apis.ts';
import { compareNames, count, forms, listOf } from '../../text.ts';
import { isOnTheWay } from '../../way/way.ts';
import { type Check, when } from '../check.ts';

/**
 * Objects that were written through API versions which the target no longer serves: they themselves are readable by the
 * version that takes its place, but whoever wrote them will write so again and be refused.
 */
export const checkRemovedInObjects: Check = (snapshot, intent) => {
  const stored = snapshot.storedApis ?? [];
  const isComing = (use: StoredApiUse) => {
    const removedIn = removalOf(use)?.removedIn;
    return removedIn !== undefined && isOnTheWay(removedIn, snapshot, intent);
  };
  const coming = stored.filter(isComing);
  const released = coming.filter(({ source }) => source === 'helm-release');
  const written = coming.filter(({ source }) => source !== 'helm-release');
  const later = stored.filter((use) => !isComing(use) && (removalOf(use)?.removedIn ?? 0) > 0);
  return [
    ...byApi(written).map(
      ([api, uses]): Finding => ({
        code: 'api.removed-in-objects',
        severity: 'warning',
        objects: objectsOf(uses),
        summary: `${count(objectsOf(uses).length, 'object')} ${forms(objectsOf(uses), 'was', 'were')} written through ${api}, which 1.${removalOf(uses[0])?.removedIn} no longer serves: ${listOf(names(uses))}, by ${listOf(writers(uses))}.`,
        facts: { instead: removalOf(uses[0])?.instead ?? 'nothing takes its place' },
        remedy: `Change the manifests and controllers that write them to ${removalOf(uses[0])?.instead ?? 'something else'}: their next write is refused.`,
      }),
    ),
    ...byApi(released).map(
      ([api, uses]): Finding => ({
        code: 'api.removed-in-helm-release',
        severity: 'warning',
        objects: objectsOf(uses),
        summary: `Helm releases have ${api}, which 1.${removalOf(uses[0])?.removedIn} no longer serves, in their manifests: ${listOf(writers(uses))} (${listOf(names(uses))}).`,
        facts: { instead: removalOf(uses[0])?.instead ?? 'nothing takes its place' },
        remedy:
          'Upgrade each to a chart without it before the cluster; afterwards `helm upgrade` fails on the old manifest, and only the plugin mapkubeapis mends it.',
      }),
    ),
    ...when(later.length > 0, () => ({
      code: 'api.deprecated-in-objects',
      severity: 'info' as const,
      objects: objectsOf(later),
      summary: `Written through API versions that are removed later than this upgrade: ${listOf(byApi(later).map(([api, uses]) => `${api} (1.${removalOf(uses[0])?.removedIn}, ${count(objectsOf(uses).length, 'object')})`))}.`,
      facts: {},
      remedy: 'Nothing for this upgrade; their writers have to move before the one that removes it.',
    })),
  ];
};

const removalOf = (use: Pick<StoredApiUse, 'apiVersion' | 'kind'> | undefined) =>
  removedApis.find(({ apiVersion, kind }) => apiVersion === use?.apiVersion && kind === use.kind);

function byApi(uses: readonly StoredApiUse[]): [string, StoredApiUse[]][] {
  const groups = Map.groupBy(uses, ({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  return [...groups].sort(([a], [b]) => compareNames(a, b));
}

const nameOf = ({ namespace, name }: StoredApiUse): string =>
  namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort(compareNames);
const names = (uses: readonly StoredApiUse[]): string[] => sorted(uses.map(nameOf));
const writers = (uses: readonly StoredApiUse[]): string[] => sorted(uses.map(({ by }) => by));

function objectsOf(uses: readonly StoredApiUse[]): FindingObject[] {
  const objects = new Map(
    uses.map((use) => [
      `${use.kind} ${nameOf(use)}`,
      { kind: use.kind, ...(use.namespace ? { namespace: use.namespace } : {}), name: use.name },
    ]),
  );
  return [...objects].sort(([a], [b]) => compareNames(a, b)).map(([, object]) => object);
}
