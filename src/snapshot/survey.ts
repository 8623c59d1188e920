import pLimit from 'p-limit';
import type {
  CrdSnapshot,
  RemovedApi,
  ServiceBackends,
  StoredApiUse,
  WebhookSnapshot,
} from '../domain/api-facts.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type KubernetesVersion, minorNumber } from '../domain/version.ts';
import type {
  ClusterSurvey,
  LocalVolumeObject,
  ServiceReference,
  WebhookObject,
  WebhookRule,
} from '../ports/cluster-survey.ts';
import { whyOf } from './cluster-reads.ts';
import type { Gap } from './control-plane.ts';

export interface SurveyReads {
  readonly sections: Pick<Snapshot, 'apiUses' | 'storedApis' | 'crds' | 'webhooks'>;
  readonly localVolumes: readonly LocalVolumeObject[];
  readonly gaps: readonly SurveyGap[];
}

type SurveyGap = Gap & { readonly optional?: boolean };

/** Objects of a kind that are named; a finding with more of them would not be read. */
const mostStored = 500;
const servicesAtATime = 8;

/**
 * Reads at the same time what only a plan wants to know of the API. Whatever cannot be read is a gap; nothing is thrown
 * that a port throws, and every read is bounded by the port.
 *
 * @param given.removed the table of removed API versions
 * @param given.present the oldest API server's version, once it is known
 * @param given.controlPlanes how many API servers there should be
 */
export async function readSurvey(
  survey: ClusterSurvey,
  given: {
    readonly removed: readonly RemovedApi[];
    readonly present: Promise<KubernetesVersion | undefined>;
    readonly controlPlanes: number;
  },
): Promise<SurveyReads> {
  const gaps: SurveyGap[] = [];
  const orGap = async <Value>(
    what: string,
    read: Promise<Value>,
    optional = false,
  ): Promise<Value | undefined> => {
    try {
      return await read;
    } catch (error) {
      gaps.push({ what, why: whyOf(error), ...(optional ? { optional } : {}) });
      return undefined;
    }
  };
  const present = await given.present;
  const coming = given.removed.filter(({ removedIn }) => present && removedIn > minorNumber(present));
  const endpoints = backendsReader(survey);
  const [apiUses, written, released, crds, webhooks, localVolumes] = await Promise.all([
    orGap('the uses of deprecated APIs', survey.apiUses()),
    Promise.all(
      listable(coming, present).map((listed) =>
        orGap(`what ${listed.resource} were written through`, survey.writtenObjects(listed), true),
      ),
    ),
    coming.length === 0
      ? []
      : orGap(
          'the Helm releases',
          survey.releasedObjects((object) => isOneOf(coming, object)),
          true,
        ),
    orGap('the custom resource definitions', readCrds(survey, endpoints)),
    orGap('the admission webhooks', readWebhooks(survey, endpoints)),
    orGap('the volumes of single nodes', survey.localVolumes()),
  ]);
  gaps.push(...unasked(apiUses?.length, given.controlPlanes));
  const stored = [
    ...written.flatMap((objects) => objects ?? []).flatMap((object) => storedUses(object, coming)),
    ...(released ?? []).map(
      ({ release, ...object }): StoredApiUse => ({ source: 'helm-release', ...object, by: release }),
    ),
  ];
  return {
    sections: {
      ...(apiUses && apiUses.length > 0 ? { apiUses: [...apiUses] } : {}),
      storedApis: stored.slice(0, mostStored),
      ...(crds ? { crds } : {}),
      ...(webhooks ? { webhooks } : {}),
    },
    localVolumes: localVolumes ?? [],
    gaps,
  };
}

/** API servers that were not asked. Each counts what it serves itself, so one of three tells a third of it. */
function unasked(asked: number | undefined, all: number): SurveyGap[] {
  if (asked === undefined || asked >= all) return [];
  const what =
    asked === 0
      ? 'the uses of deprecated APIs'
      : `the uses of deprecated APIs at ${all - asked} of ${all} API servers`;
  const why =
    'they do not answer, the right to GET /metrics is missing, or kubernetes.endpoints does not name them';
  return [{ what, why, ...(asked === 0 ? {} : { optional: true }) }];
}

type Listed = Parameters<ClusterSurvey['writtenObjects']>[0];

/** Resources whose objects may have been written through a version that goes, by a version that is served already. */
function listable(coming: readonly RemovedApi[], present: KubernetesVersion | undefined): Listed[] {
  const lists = coming.flatMap(({ listedBy, kind, resource }): [string, Listed][] =>
    listedBy && present && listedBy.since <= minorNumber(present)
      ? [[resource, { apiVersion: listedBy.apiVersion, kind, resource }]]
      : [],
  );
  return [...new Map(lists).values()];
}

const isOneOf = (apis: readonly RemovedApi[], object: { apiVersion: string; kind: string }): boolean =>
  apis.some(({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind);

type Written = Awaited<ReturnType<ClusterSurvey['writtenObjects']>>[number];

function storedUses(
  { kind, namespace, name, writers, lastApplied }: Written,
  coming: readonly RemovedApi[],
): StoredApiUse[] {
  const object = { ...(namespace === undefined ? {} : { namespace }), name };
  const managers = new Map(
    writers
      .filter(({ apiVersion }) => isOneOf(coming, { apiVersion, kind }))
      .map(({ manager, apiVersion }) => [`${manager} ${apiVersion}`, { manager, apiVersion }]),
  );
  return [
    ...[...managers.values()].map(
      ({ manager, apiVersion }): StoredApiUse => ({
        source: 'managed-fields',
        apiVersion,
        kind,
        ...object,
        by: manager,
      }),
    ),
    ...(lastApplied && isOneOf(coming, lastApplied)
      ? [{ source: 'last-applied' as const, ...lastApplied, ...object, by: 'kubectl apply' }]
      : []),
  ];
}

type BackendsOf = (service: ServiceReference) => Promise<ServiceBackends>;

/** The same Service is behind several webhooks as a rule: each is asked for once, some at a time. */
function backendsReader(survey: ClusterSurvey): BackendsOf {
  const limit = pLimit(servicesAtATime);
  const asked = new Map<string, Promise<ServiceBackends>>();
  return ({ namespace, name }) => {
    const key = `${namespace}/${name}`;
    const known =
      asked.get(key) ??
      limit(async () => {
        const ready = await survey.readyEndpoints({ namespace, name });
        const nodes = [...new Set(ready.flatMap(({ node }) => node ?? []))].toSorted();
        return { namespace, name, ready: ready.length, nodes };
      });
    asked.set(key, known);
    return known;
  };
}

async function readCrds(survey: ClusterSurvey, backendsOf: BackendsOf): Promise<CrdSnapshot[]> {
  const crds = await survey.crds();
  return Promise.all(
    crds.map(
      async ({ name, versions, storedVersions, conversion }): Promise<CrdSnapshot> => ({
        name,
        versions: versions.map((version) => ({ ...version })),
        storedVersions: [...storedVersions],
        // One version is never converted.
        ...(conversion && versions.length > 1 ? { conversion: await backendsOf(conversion) } : {}),
      }),
    ),
  );
}

async function readWebhooks(survey: ClusterSurvey, backendsOf: BackendsOf): Promise<WebhookSnapshot[]> {
  const webhooks = await survey.webhooks();
  const read = webhooks.map(async (webhook): Promise<WebhookSnapshot[]> => {
    const { kind, configuration, name, narrowed, failClosed, service } = webhook;
    const matches = matchesOf(webhook);
    if (!failClosed || !service || matches.length === 0) return [];
    return [{ kind, configuration, webhook: name, matches, narrowed, backends: await backendsOf(service) }];
  });
  return (await Promise.all(read)).flat();
}

/** What a drain and what comes after it needs of admission: evictions; new pods and their end; cordons. */
const wanted = [
  {
    match: 'pods/eviction',
    operations: ['CREATE'],
    resources: ['pods/eviction', 'pods/*', '*/eviction', '*/*'],
  },
  { match: 'pods', operations: ['CREATE', 'DELETE'], resources: ['pods', '*', '*/*'] },
  { match: 'nodes', operations: ['UPDATE'], resources: ['nodes', '*', '*/*'] },
] as const;

/** admissionregistration.k8s.io/v1 Rule: a lone star is every resource without its subresources, two with them. */
function matchesOf({ rules }: Pick<WebhookObject, 'rules'>): WebhookSnapshot['matches'] {
  const includes = (list: readonly string[], ...any: readonly string[]) =>
    any.some((one) => list.includes(one));
  const sees = (rule: WebhookRule, { operations, resources }: (typeof wanted)[number]) =>
    includes(rule.apiGroups, '', '*') &&
    includes(rule.operations, '*', ...operations) &&
    includes(rule.resources, ...resources);
  return wanted.filter((what) => rules.some((rule) => sees(rule, what))).map(({ match }) => match);
}
