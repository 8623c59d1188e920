import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { createKubernetes } from '../../../src/adapters/kubernetes/create-kubernetes.ts';
import type { Workload } from '../../../src/domain/blockage.ts';
import { NodeName, RunId } from '../../../src/domain/names.ts';
import { removedApis } from '../../../src/plan/data/removed-apis.ts';
import type { ClusterSurvey } from '../../../src/ports/cluster-survey.ts';
import type { Kubernetes, Restorable } from '../../../src/ports/kubernetes.ts';
import type { StorageSurvey } from '../../../src/ports/storage-survey.ts';
import { lossKinds } from '../../../src/snapshot/rollback-facts.ts';
import { type SeenRequest, startApiServer, type TestApiServer } from './support/api-server.ts';
import { list, node, pod } from './support/objects.ts';
import { createTestClock, createTestLog, kubeconfigFile, testAuthority } from './support/setup.ts';

const Rule = z.object({
  apiGroups: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  nonResourceURLs: z.array(z.string()).default([]),
  resourceNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()),
});
const Document = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(Rule).optional(),
  roleRef: z.object({ kind: z.string(), name: z.string() }).optional(),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })).optional(),
});

type Document = z.infer<typeof Document>;

async function readDocuments(file: string): Promise<Document[]> {
  const text = await readFile(file, 'utf8');
  return parseAllDocuments(text).map((document) => Document.parse(document.toJS()));
}
const usual = await readDocuments('docs/rbac.yaml');
/** Optional: the bot does without what it grants. */
const optional = await readDocuments('docs/rbac-helm.yaml');
const documents = [...usual, ...optional];

/** One right, as narrow as a rule can give it. */
interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** Stands for the group of what is no resource. */
const nowhere = 'URL';

const rightsOf = (given: readonly Document[]): Right[] =>
  given.flatMap(({ rules = [], metadata: { namespace } }) =>
    rules.flatMap(({ apiGroups, resources, nonResourceURLs, verbs, resourceNames = [undefined] }) => [
      ...apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) => resourceNames.map((name) => ({ verb, group, resource, namespace, name }))),
        ),
      ),
      ...nonResourceURLs.flatMap((resource) => verbs.map((verb) => ({ verb, group: nowhere, resource }))),
    ]),
  );
const granted = rightsOf(documents);

const covers = (given: Right, needed: Right): boolean =>
  given.verb === needed.verb &&
  given.group === needed.group &&
  given.resource === needed.resource &&
  (given.namespace === undefined || given.namespace === needed.namespace) &&
  (given.name === undefined || given.name === needed.name);

const path =
  /^\/(?:api\/v1|apis\/(?<group>[^/]+)\/v1)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[a-z]+))?)?$/;

const discovery = /^\/(?:api\/v1|apis(?:\/[^/]+\/v[^/]+)?)$/;

/** What the API server asks its authoriser about a request (k8s.io/apiserver pkg/endpoints/request RequestInfo). */
function neededFor(request: SeenRequest): Right[] {
  // Granted to everybody by system:public-info-viewer, and what is served where to everybody who is known by system:discovery.
  if (request.path === '/version' || discovery.test(request.path)) return [];
  if (request.path === '/metrics') return [{ verb: 'get', group: nowhere, resource: request.path }];
  const { group = '', namespace, resource = '', name, sub } = path.exec(request.path)?.groups ?? {};
  const read = name ? 'get' : request.query.watch === 'true' ? 'watch' : 'list';
  const verbs: Record<string, string> = { GET: read, PATCH: 'patch', POST: 'create', DELETE: 'delete' };
  const verb = verbs[request.method];
  if (!verb || !resource) throw new Error(`a request that the test does not know: ${request.path}`);
  return [{ verb, group, resource: sub ? `${resource}/${sub}` : resource, namespace, name }];
}

const w1 = NodeName.parse('w1');
const run = RunId.parse('abc234');

const restored: readonly Restorable[] = [
  ...['kubeadm-config', 'kubelet-config', 'kube-proxy', 'coredns'].map((name) => ({
    kind: 'ConfigMap' as const,
    namespace: 'kube-system',
    name,
  })),
  { kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' },
  { kind: 'Deployment', namespace: 'kube-system', name: 'coredns' },
];

/** Every method of the port with the arguments that the bot uses it with: the compiler misses none. */
const uses: { [Method in keyof Kubernetes]: (kubernetes: Kubernetes) => Promise<unknown> } = {
  serverVersions: (kubernetes) => kubernetes.serverVersions(),
  listNodes: (kubernetes) => kubernetes.listNodes(),
  getNode: (kubernetes) => kubernetes.getNode(w1),
  listPods: (kubernetes) => kubernetes.listPods(),
  getPod: (kubernetes) => kubernetes.getPod('shop', 'web'),
  evictPod: (kubernetes) => kubernetes.evictPod({ namespace: 'shop', name: 'web', uid: 'u' }, -1),
  followPods: (kubernetes) => firstNews((signal) => kubernetes.followPods({ node: w1 }, signal)),
  followPdbs: (kubernetes) => firstNews((signal) => kubernetes.followPdbs(signal)),
  deletePod: (kubernetes) => kubernetes.deletePod({ namespace: 'shop', name: 'web', uid: 'u' }, -1),
  getNamespace: (kubernetes) => kubernetes.getNamespace('shop'),
  workloadOf: (kubernetes) =>
    Promise.all(
      ['bare', 'owned'].flatMap((name) =>
        ['ReplicaSet', 'StatefulSet'].map((kind) =>
          kubernetes.workloadOf({ namespace: 'shop', controller: { kind, name } }),
        ),
      ),
    ),
  addReplica: (kubernetes) => everyWorkload((workload) => kubernetes.addReplica(workload, mark)),
  dropReplica: (kubernetes) => everyWorkload((workload) => kubernetes.dropReplica(workload, mark)),
  markNext: (kubernetes) => kubernetes.markNext(w1, run),
  unmarkNext: (kubernetes) => kubernetes.unmarkNext(w1, run),
  cordon: (kubernetes) => kubernetes.cordon(w1, run),
  uncordon: (kubernetes) => kubernetes.uncordon(w1, run),
  labelNode: (kubernetes) => kubernetes.labelNode(w1, { a: 'b', c: null }),
  replicasOf: (kubernetes) =>
    Promise.all(
      ['ReplicaSet', 'StatefulSet'].map((kind) => kubernetes.replicasOf('shop', { kind, name: 'bare' })),
    ),
  annotateNode: (kubernetes) => kubernetes.annotateNode(w1, { a: 'b' }),
  listPdbs: (kubernetes) => kubernetes.listPdbs(),
  getConfigMap: (kubernetes) =>
    Promise.all(
      ['kubeadm-config', 'kubelet-config', 'kube-proxy', 'coredns'].map((name) =>
        kubernetes.getConfigMap('kube-system', name),
      ),
    ),
  // kube-proxy after kubeadm; any other in a drain.
  getDaemonSet: (kubernetes) => kubernetes.getDaemonSet('logging', 'agent'),
  getDeployment: (kubernetes) => kubernetes.getDeployment('kube-system', 'coredns'),
  getRestorable: (kubernetes) => Promise.all(restored.map((of) => kubernetes.getRestorable(of))),
  putBack: (kubernetes) =>
    Promise.all(restored.map((of) => kubernetes.putBack(of, { content: {}, resourceVersion: '1' }))),
  nodeLeaseRenewedAt: (kubernetes) => kubernetes.nodeLeaseRenewedAt(w1),
};

const mark = { run, for: w1 };

function everyWorkload(use: (workload: Workload) => Promise<unknown>): Promise<unknown> {
  const kinds = ['Deployment', 'StatefulSet', 'ReplicaSet'] as const;
  return Promise.all(kinds.map((kind) => use({ kind, namespace: 'shop', name: 'bare' })));
}

/** A list, and the watch after it. */
async function firstNews(follow: (signal: AbortSignal) => AsyncIterable<unknown>): Promise<void> {
  const enough = new AbortController();
  let news = 0;
  for await (const one of follow(enough.signal)) {
    news += one ? 1 : 0;
    if (news === 2) enough.abort();
  }
}

/** And every method of the survey, with every resource that the table of removed APIs names. */
const surveys: { [Method in keyof ClusterSurvey]: (survey: ClusterSurvey) => Promise<unknown> } = {
  apiUses: (survey) => survey.apiUses(),
  writtenObjects: (survey) =>
    Promise.all(
      removedApis.flatMap(({ listedBy, kind, resource }) =>
        listedBy ? [survey.writtenObjects({ apiVersion: listedBy.apiVersion, kind, resource })] : [],
      ),
    ),
  releasedObjects: (survey) => survey.releasedObjects(() => true),
  crds: (survey) => survey.crds(),
  webhooks: (survey) => survey.webhooks(),
  readyEndpoints: (survey) => survey.readyEndpoints({ namespace: 'ops', name: 'guard' }),
  localVolumes: (survey) => survey.localVolumes(),
};

/** And every method of the survey of storage, with every kind that a loss is counted by. */
const countings: { [Method in keyof StorageSurvey]: (survey: StorageSurvey) => Promise<unknown> } = {
  storedKinds: (survey) => survey.storedKinds(),
  objectCounts: (survey) => survey.objectCounts(),
  writtenSince: (survey) =>
    Promise.all(lossKinds.map((of) => survey.writtenSince(of, '2026-01-01T00:00:00Z'))),
};

/** What else the adapter has beside the port: the compiler misses none of that either. */
type Surveys = Omit<ReturnType<typeof createKubernetes>, keyof Kubernetes | 'close'>;
const asked: { [Survey in keyof Surveys]: (surveys: Surveys) => Promise<unknown> } = {
  survey: async ({ survey }) => {
    for (const use of Object.values(surveys)) await use(survey);
  },
  storage: async ({ storage }) => {
    for (const use of Object.values(countings)) await use(storage);
  },
};

function answer({ method, path, query }: SeenRequest) {
  if (query.watch === 'true') return { code: 410, json: { kind: 'Status', status: 'Failure', code: 410 } };
  if (path.startsWith('/apis/apps/v1/namespaces/') && !path.includes('/daemonsets/')) {
    const owner = { kind: 'Deployment', name: 'web', controller: true };
    return {
      code: 200,
      json: {
        metadata: {
          name: 'x',
          namespace: 'shop',
          uid: 'u',
          resourceVersion: '1',
          ownerReferences: path.endsWith('/owned') ? [owner] : [],
        },
        spec: { replicas: 2, template: { spec: { containers: [{ image: 'x' }] } } },
        status: {},
      },
    };
  }
  if (path === '/version') return { code: 200, json: { gitVersion: 'v1.33.13' } };
  if (method === 'POST') return { code: 201, json: {} };
  if (path.endsWith('/nodes/w1')) return { code: 200, json: node('w1', { mark: 'zzz999' }) };
  if (path.includes('/pods/')) return { code: 200, json: pod('web') };
  if (path === '/apis') {
    return { code: 200, json: { groups: [{ name: 'apps', versions: [{ version: 'v1' }] }] } };
  }
  if (discovery.test(path)) return { code: 200, json: { resources: [] } };
  if (path === '/metrics') return { code: 200, text: 'process_start_time_seconds 1\n' };
  const isList =
    /^\/api\/v1\/[a-z]+$|^\/apis\/[^/]+\/v1\/[a-z]+$|(endpointslices|poddisruptionbudgets)$/.test(path) &&
    method === 'GET';
  if (isList) return { code: 200, json: list('List', []) };
  return { code: 404, json: { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 } };
}

describe('docs/rbac.yaml', () => {
  let server: TestApiServer;
  beforeAll(async () => {
    server = await startApiServer(await testAuthority(), answer);
  });
  afterAll(() => server.stop());

  it('grants what the calls need, and nothing else', async () => {
    const config = {
      kubeconfig: await kubeconfigFile({ server: server.url }),
      endpoints: [],
      timeoutSeconds: 5,
    };
    const kubernetes = createKubernetes({ config, clock: createTestClock(), log: createTestLog() });
    for (const use of Object.values(uses)) await use(kubernetes);
    for (const use of Object.values(asked)) await use(kubernetes);
    kubernetes.close();
    const needed = server.requests.flatMap(neededFor);
    const missing = (given: readonly Right[]) =>
      needed
        .filter((right) => !given.some((one) => covers(one, right)))
        .map(({ verb, resource }) => `${verb} ${resource}`)
        .toSorted();
    // A loss names these two as not counted. Secrets are asked for once for Helm releases, and once for a loss.
    expect(missing(rightsOf(usual))).toEqual(['list configmaps', 'list secrets', 'list secrets']);
    expect(missing(granted)).toEqual(['list configmaps']);
    expect(granted.filter((given) => !needed.some((right) => covers(given, right)))).toEqual([]);
  });

  it('names every ConfigMap, DaemonSet and Deployment that the program reads', async () => {
    const sources = await readSources();
    const read = [
      ...sources.matchAll(/\.get(ConfigMap|DaemonSet|Deployment)\(\s*'kube-system',\s*'([a-z-]+)'/g),
    ];
    const kinds: Record<string, Pick<Right, 'group' | 'resource'>> = {
      ConfigMap: { group: '', resource: 'configmaps' },
      DaemonSet: { group: 'apps', resource: 'daemonsets' },
      Deployment: { group: 'apps', resource: 'deployments' },
    };
    const needed = read.flatMap(([, kind = '', name]) => {
      const of = kinds[kind];
      return of ? [{ verb: 'get', namespace: 'kube-system', name, ...of }] : [];
    });
    expect(needed.length).toBeGreaterThan(2);
    expect(needed.filter((right) => !granted.some((given) => covers(given, right)))).toEqual([]);
  });

  it('binds each role to the one account, in its own namespace', () => {
    const roles = documents.filter(({ rules }) => rules);
    const bindings = documents.filter(({ roleRef }) => roleRef);
    expect(
      bindings.map(({ roleRef, metadata }) => [roleRef?.kind, roleRef?.name, metadata.namespace]),
    ).toEqual(roles.map(({ kind, metadata }) => [kind, metadata.name, metadata.namespace]));
    const account = documents.find(({ kind }) => kind === 'ServiceAccount')?.metadata;
    for (const { subjects } of bindings) expect(subjects).toEqual([{ kind: 'ServiceAccount', ...account }]);
  });

  it('has no wildcard', () => {
    expect(JSON.stringify(documents)).not.toContain('*');
  });
});

async function readSources(): Promise<string> {
  const { glob } = await import('node:fs/promises');
  let text = '';
  for await (const file of glob('src/**/*.ts')) text += await readFile(file, 'utf8');
  return text;
}
