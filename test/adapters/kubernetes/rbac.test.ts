import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { createKubernetes } from '../../../src/adapters/kubernetes/create-kubernetes.ts';
import { NodeName, RunId } from '../../../src/domain/names.ts';
import type { Kubernetes } from '../../../src/ports/kubernetes.ts';
import { type SeenRequest, startApiServer, type TestApiServer } from './support/api-server.ts';
import { list, node, pod } from './support/objects.ts';
import { createTestClock, createTestLog, kubeconfigFile, testAuthority } from './support/setup.ts';

const Rule = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
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

const documents = parseAllDocuments(await readFile('docs/rbac.yaml', 'utf8')).map((document) =>
  Document.parse(document.toJS()),
);

/** One right, in one line: `get apps/daemonsets/kube-proxy in kube-system`. */
function right(
  verb: string,
  group: string,
  resource: string,
  place: { name?: string | undefined; in?: string | undefined },
): string {
  const what = [group, resource, place.name].filter(Boolean).join('/');
  return `${verb} ${what}${place.in ? ` in ${place.in}` : ''}`;
}

const granted = documents.flatMap(({ rules = [], metadata }) =>
  rules.flatMap((rule) =>
    rule.apiGroups.flatMap((group) =>
      rule.resources.flatMap((resource) =>
        rule.verbs.flatMap((verb) =>
          (rule.resourceNames ?? [undefined]).map((name) =>
            right(verb, group, resource, { name, in: metadata.namespace }),
          ),
        ),
      ),
    ),
  ),
);

/** Rules of kube-system name their objects; elsewhere a right is for all objects of the kind. */
const isNamed = (namespace: string | undefined) => namespace === 'kube-system';
const isNamespacedRight = (namespace: string | undefined) =>
  namespace === 'kube-system' || namespace === 'kube-node-lease' ? namespace : undefined;

/** What the API server asks its authoriser about a request (k8s.io/apiserver pkg/endpoints/request RequestInfo). */
function neededFor({ method, path }: SeenRequest): string | undefined {
  if (path === '/version') return undefined;
  const match =
    /^\/(?:api\/v1|apis\/(?<group>[^/]+)\/v1)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[a-z]+))?)?$/.exec(
      path,
    )?.groups;
  if (!match) throw new Error(`a path that the test does not know: ${path}`);
  const { group = '', namespace, resource = '', name, sub } = match;
  const verbs = { GET: name ? 'get' : 'list', PATCH: 'patch', POST: 'create' };
  const verb = verbs[method as keyof typeof verbs];
  return right(verb, group, sub ? `${resource}/${sub}` : resource, {
    name: isNamed(namespace) ? name : undefined,
    in: isNamespacedRight(namespace),
  });
}

const w1 = NodeName.parse('w1');
const run = RunId.parse('abc234');

/** Every method of the port with the arguments that the bot uses it with: the compiler misses none. */
const uses: { [Method in keyof Kubernetes]: (kubernetes: Kubernetes) => Promise<unknown> } = {
  serverVersions: (kubernetes) => kubernetes.serverVersions(),
  listNodes: (kubernetes) => kubernetes.listNodes(),
  getNode: (kubernetes) => kubernetes.getNode(w1),
  listPods: (kubernetes) => kubernetes.listPods(),
  getPod: (kubernetes) => kubernetes.getPod('shop', 'web'),
  evictPod: (kubernetes) => kubernetes.evictPod({ namespace: 'shop', name: 'web', uid: 'u' }, -1),
  cordon: (kubernetes) => kubernetes.cordon(w1, run),
  uncordon: (kubernetes) => kubernetes.uncordon(w1, run),
  annotateNode: (kubernetes) => kubernetes.annotateNode(w1, { a: 'b' }),
  listPdbs: (kubernetes) => kubernetes.listPdbs(),
  getConfigMap: (kubernetes) =>
    Promise.all(
      ['kubeadm-config', 'kubelet-config', 'kube-proxy', 'coredns'].map((name) =>
        kubernetes.getConfigMap('kube-system', name),
      ),
    ),
  getDaemonSet: (kubernetes) => kubernetes.getDaemonSet('kube-system', 'kube-proxy'),
  getDeployment: (kubernetes) => kubernetes.getDeployment('kube-system', 'coredns'),
  nodeLeaseRenewedAt: (kubernetes) => kubernetes.nodeLeaseRenewedAt(w1),
};

function answer({ method, path }: SeenRequest) {
  if (path === '/version') return { code: 200, json: { gitVersion: 'v1.33.13' } };
  if (method === 'POST') return { code: 201, json: {} };
  if (path.endsWith('/nodes/w1')) return { code: 200, json: node('w1', { mark: 'zzz999' }) };
  if (path.includes('/pods/')) return { code: 200, json: pod('web') };
  const isList = /\/(nodes|pods|poddisruptionbudgets)$/.test(path);
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
    kubernetes.close();
    const needed = new Set(server.requests.map(neededFor).filter((one) => one !== undefined));
    expect([...needed].toSorted()).toEqual(granted.toSorted());
  });

  it('names every ConfigMap, DaemonSet and Deployment that the program reads', async () => {
    const sources = await readSources();
    const read = [
      ...sources.matchAll(/\.get(ConfigMap|DaemonSet|Deployment)\(\s*'kube-system',\s*'([a-z-]+)'/g),
    ];
    const kinds = { ConfigMap: 'configmaps', DaemonSet: 'apps/daemonsets', Deployment: 'apps/deployments' };
    for (const [, kind = '', name = ''] of read) {
      expect(granted).toContain(`get ${kinds[kind as keyof typeof kinds]}/${name} in kube-system`);
    }
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
