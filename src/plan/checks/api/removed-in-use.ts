import type { ApiRequests, DeprecatedApiUse } from '../../../domain/api-facts.ts';
import type { Finding, FindingObject } from '../../../domain/finding.ts';
import type { Snapshot } from '../../../domain/snapshot.ts';
import { controlPlanesOf } from '../../running.ts';
import { compareNames, count, listOf } from '../../text.ts';
import { isOnTheWay } from '../../way/way.ts';
import { type Check, when } from '../check.ts';

/** One deprecated resource over all API servers that were asked. */
interface Use {
  /** `batch/v1beta1 cronjobs`. */
  readonly name: string;
  readonly removedIn: number;
  /** Undefined where a server does not tell how often. */
  readonly requests: ApiRequests | undefined;
  readonly servers: number;
  /** Since when the servers that saw it have counted, the earliest. */
  readonly since: string | undefined;
}

/**
 * API versions that are asked for now and that the target no longer serves (apiserver_requested_deprecated_apis of every
 * API server). A client that only discovers what there is breaks with nothing, and is told apart by the requests: none
 * of them lists, watches, reads or writes.
 */
export const checkRemovedInUse: Check = (snapshot, intent) => {
  const uses = usesIn(snapshot).filter(({ removedIn }) => removedIn > 0);
  const onTheWay = uses.filter(({ removedIn }) => isOnTheWay(removedIn, snapshot, intent));
  const later = uses.filter((use) => !onTheWay.includes(use) && !isOver(use, snapshot));
  const discovered = onTheWay.filter(({ requests }) => requests !== undefined && total(requests) === 0);
  const used = onTheWay.filter((use) => !discovered.includes(use));
  const asked = snapshot.apiUses?.length ?? 0;
  const of = `${asked} of ${count(controlPlanesOf(snapshot).length, 'API server')}`;
  return [
    ...used.map(
      (use): Finding => ({
        code: 'api.removed-in-use',
        severity: 'blocker',
        objects: [objectOf(use)],
        summary:
          `${use.name}, which 1.${use.removedIn} no longer serves, is in use: ${requestsText(use.requests)}` +
          `${sinceText(use)} (${of} asked).`,
        facts: factsOf(use),
        remedy:
          'Find the clients by the audit log (annotation k8s.io/removed-release) and move them to the version that takes its place; each API server forgets what it counted when it restarts.',
      }),
    ),
    ...when(discovered.length > 0, () => ({
      code: 'api.removed-only-discovered',
      severity: 'info' as const,
      objects: discovered.map(objectOf),
      summary: `Asked for by discovery alone, without reading or writing: ${listOf(discovered.map(({ name }) => name))}, which the target no longer serves.`,
      facts: Object.fromEntries(discovered.map((use) => [use.name, `removed in 1.${use.removedIn}`])),
      remedy: 'Nothing: tools that look at every version there is do this, and look at the others then.',
    })),
    ...when(later.length > 0, () => ({
      code: 'api.deprecated-in-use',
      severity: 'info' as const,
      objects: later.map(objectOf),
      summary: `In use and removed later than this upgrade: ${listOf(later.map((use) => `${use.name} (1.${use.removedIn})`))}.`,
      facts: Object.assign(
        {},
        ...later.map((use) => ({ [use.name]: `removed in 1.${use.removedIn}` })),
      ) as Record<string, string>,
      remedy: 'Nothing for this upgrade; the clients have to move before the one that removes it.',
    })),
  ];
};

const objectOf = ({ name }: Use): FindingObject => ({ kind: 'API', name });

const total = ({ get, list, watch, write }: ApiRequests): number => get + list + watch + write;

/** A removal that lies behind: the target serves it no less than today's version, which should not serve it at all. */
const isOver = ({ removedIn }: Use, snapshot: Snapshot): boolean =>
  removedIn <= Number(snapshot.kubeadm.kubernetesVersion.split('.')[1]);

function requestsText(requests: ApiRequests | undefined): string {
  if (!requests) return 'how often is not told';
  const kinds = {
    written: requests.write,
    listed: requests.list,
    watched: requests.watch,
    read: requests.get,
  };
  const parts = Object.entries(kinds).flatMap(([verb, times]) =>
    times > 0 ? [`${verb} ${count(times, 'time')}`] : [],
  );
  return parts.join(', ');
}

const sinceText = ({ since }: Use): string =>
  since === undefined ? '' : ` since ${since.slice(0, 16).replace('T', ' ')} UTC`;

function factsOf({ requests, since, servers, removedIn }: Use): Record<string, string> {
  return {
    removedIn: `1.${removedIn}`,
    apiServers: String(servers),
    ...(since === undefined ? {} : { since }),
    ...(requests
      ? Object.fromEntries(Object.entries(requests).map(([verb, times]) => [verb, String(times)]))
      : {}),
  };
}

function usesIn({ apiUses = [] }: Snapshot): Use[] {
  const uses = new Map<string, Use>();
  for (const { since, uses: seen } of apiUses) {
    for (const use of seen) {
      const name = nameOf(use);
      const known = uses.get(name);
      uses.set(name, {
        name,
        removedIn: Number(/^1\.(\d+)$/.exec(use.removedRelease)?.[1] ?? 0),
        requests: known ? sum(known.requests, use.requests) : use.requests,
        servers: (known?.servers ?? 0) + 1,
        since: earlier(known?.since, since),
      });
    }
  }
  return [...uses.values()].sort((a, b) => compareNames(a.name, b.name));
}

function nameOf({ group, version, resource, subresource }: DeprecatedApiUse): string {
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return `${groupVersion} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
}

function sum(a: ApiRequests | undefined, b: ApiRequests | undefined): ApiRequests | undefined {
  // One server that does not tell leaves the whole unknown: what is not known must not look like nothing.
  if (!a || !b) return undefined;
  return { get: a.get + b.get, list: a.list + b.list, watch: a.watch + b.watch, write: a.write + b.write };
}

function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
