import {
  ApiException,
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  PolicyV1Api,
  setHeaderOptions,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DisruptionBudget, Pod } from '../../../sandbox/cluster/model/objects.ts';
import { eventually, type Started, started } from './support/started.ts';

let cluster: Started;
let config: KubeConfig;
let core: CoreV1Api;
beforeAll(async () => {
  cluster = await started({ workers: 4 });
  config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfigPath);
  core = config.makeApiClient(CoreV1Api);
});
afterAll(() => cluster.end());

const evict = (name: string, namespace = 'shop') =>
  core.createNamespacedPodEviction({
    name,
    namespace,
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } },
  });

async function failure(
  call: Promise<unknown>,
): Promise<{ code: number; body: { message: string; reason: string; details?: unknown } }> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof ApiException)) throw new Error(`no ApiException but ${String(error)}`);
  const body = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
  return { code: error.code, body: body as { message: string; reason: string } };
}

describe('@kubernetes/client-node', () => {
  test('lists page by page without a pod twice or missing', async () => {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await core.listPodForAllNamespaces({
        limit: 7,
        ...(token !== undefined && { _continue: token }),
      });
      expect(page.items.length).toBeLessThanOrEqual(7);
      names.push(...page.items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`));
      // oxlint-disable-next-line no-underscore-dangle -- the client's own name for it
      token = page.metadata?._continue;
    } while (token !== undefined && token !== '');
    const all = cluster.model.store
      .list('Pod')
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(names.toSorted()).toEqual(all.toSorted());
  });

  test('reads version, leases, ConfigMaps and workloads', async () => {
    expect((await config.makeApiClient(VersionApi).getCode()).gitVersion).toBe('v1.33.13');
    const lease = await config
      .makeApiClient(CoordinationV1Api)
      .readNamespacedLease({ name: 'w-01', namespace: 'kube-node-lease' });
    const renewed = Date.parse(String(lease.spec?.renewTime));
    expect(Math.abs(Date.now() - renewed)).toBeLessThan(40_000);
    const map = await core.readNamespacedConfigMap({ name: 'kubeadm-config', namespace: 'kube-system' });
    expect(map.data?.ClusterConfiguration).toContain('kubernetesVersion: v1.33.13');
    const proxy = await config
      .makeApiClient(AppsV1Api)
      .readNamespacedDaemonSet({ name: 'kube-proxy', namespace: 'kube-system' });
    expect(proxy.status).toMatchObject({
      desiredNumberScheduled: 7,
      numberReady: 7,
      updatedNumberScheduled: 7,
    });
  });

  test('evicts until the budget is used up, then gets the recorded 429', async () => {
    const pods = cluster.model.store
      .list<Pod>('Pod', 'shop')
      .filter(({ metadata }) => metadata.labels?.app === 'db');
    await eventually('the budget allows one', () => allowed('db') === 1);
    // At once: the pod that goes is soon replaced, and then the budget would allow another.
    const asked = pods.slice(0, 2).map(({ metadata }) => evict(metadata.name));
    const ends = await Promise.allSettled(asked);
    const evicted = pods[ends.findIndex(({ status }) => status === 'fulfilled')];
    const refused = asked[ends.findIndex(({ status }) => status === 'rejected')];
    const { code, body } = await failure(refused ?? Promise.resolve());
    expect(code).toBe(429);
    expect(body).toMatchObject({
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      reason: 'TooManyRequests',
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            // 3 until the budget's controller has counted the pod that went; the eviction API refuses by then already.
            message: expect.stringMatching(
              /^The disruption budget db needs 2 healthy pods and has [23] currently$/,
            ),
          },
        ],
      },
    });
    await eventually('the StatefulSet has its pod again', () => allowed('db') === 1);
    expect(cluster.model.store.get<Pod>('Pod', 'shop', evicted?.metadata.name ?? '')?.metadata.uid).not.toBe(
      evicted?.metadata.uid,
    );
  });

  test('gets 404 for a pod that is gone and 500 where two budgets match', async () => {
    expect((await failure(evict('nobody'))).code).toBe(404);
    const policy = config.makeApiClient(PolicyV1Api);
    const body = {
      metadata: { name: 'second' },
      spec: { minAvailable: 0, selector: { matchLabels: { app: 'db' } } },
    };
    await policy.createNamespacedPodDisruptionBudget({ namespace: 'shop', body });
    const { code, body: status } = await failure(evict('db-0'));
    expect(code).toBe(500);
    expect(status.message).toBe(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
    await policy.deleteNamespacedPodDisruptionBudget({ namespace: 'shop', name: 'second' });
  });

  test('gets 403 with its cause in a namespace that is going away', async () => {
    const { store } = cluster.model;
    const gone = { deletionTimestamp: '2026-11-23T00:00:00Z', finalizers: ['example.com/hold'] };
    store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going', ...gone } });
    const spec = { nodeName: 'w-01', containers: [{ name: 'c', image: 'docker.io/shop/app:1' }] };
    store.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'going' },
      spec,
      status: { phase: 'Running' },
    });
    const { code, body } = await failure(evict('p', 'going'));
    expect(code).toBe(403);
    expect(body).toMatchObject({ details: { causes: [{ reason: 'NamespaceTerminating' }] } });
  });

  test('asks to come back in 10 s while a budget is not yet observed', async () => {
    const { store } = cluster.model;
    const [web] = store.list<Pod>('Pod', 'shop').filter(({ metadata }) => metadata.labels?.app === 'web');
    // The controller stands still while the answer is looked at; what it was about to do comes first.
    cluster.setTimeScale(0.001);
    await new Promise((resolve) => setTimeout(resolve, 50));
    store.modify<DisruptionBudget>('PodDisruptionBudget', 'shop', 'web', (budget) => ({
      ...budget,
      spec: { ...budget.spec, maxUnavailable: 2 },
    }));
    const { code, body } = await failure(evict(web?.metadata.name ?? '')).finally(() =>
      cluster.setTimeScale(1_000),
    );
    expect(code).toBe(429);
    expect(body).toMatchObject({ details: { retryAfterSeconds: 10 } });
    await eventually('the budget allows 2', () => allowed('web') === 2);
  });

  test('cordons with a strategic merge patch and the scheduler keeps away', async () => {
    const patch = (unschedulable: boolean) =>
      core.patchNode(
        { name: 'w-03', body: { spec: { unschedulable } } },
        setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
      );
    expect((await patch(true)).spec?.unschedulable).toBe(true);
    const before = cluster.model.store.podsOn<Pod>('w-03').length;
    const apps = config.makeApiClient(AppsV1Api);
    const scale = {
      name: 'web',
      namespace: 'shop',
      body: { metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 14 } },
    };
    await apps.replaceNamespacedDeploymentScale(scale);
    await eventually('14 web pods are ready', () => {
      const status = cluster.model.store.get('Deployment', 'shop', 'web')?.status as {
        readyReplicas?: number;
      };
      return status.readyReplicas === 14;
    });
    expect(cluster.model.store.podsOn('w-03')).toHaveLength(before);
    await patch(false);
  });

  test('watches: initial objects, changes, then 410 for a revision that is too old', async () => {
    const seen: string[] = [];
    const watch = new Watch(config);
    const ended = Promise.withResolvers<unknown>();
    const request = await watch.watch(
      '/api/v1/nodes',
      { allowWatchBookmarks: true },
      (type, node: { metadata: { name: string } }) => void seen.push(`${type} ${node.metadata.name}`),
      ended.resolve,
    );
    await eventually('the nodes came', () => seen.filter((line) => line.startsWith('ADDED')).length === 7);
    await core.patchNode(
      { name: 'w-04', body: { metadata: { labels: { a: 'b' } } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    await eventually('the change came', () => seen.includes('MODIFIED w-04'));
    request.abort();
    await ended.promise;

    cluster.model.store.compact();
    await core.patchNode(
      { name: 'w-04', body: { metadata: { labels: { a: 'c' } } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    const events: { type: string; code?: number }[] = [];
    const over = Promise.withResolvers<unknown>();
    await watch.watch(
      '/api/v1/nodes',
      { resourceVersion: '1' },
      (type, object: { code?: number }) =>
        void events.push({ type, ...(object.code !== undefined && { code: object.code }) }),
      over.resolve,
    );
    await over.promise;
    expect(events).toEqual([{ type: 'ERROR', code: 410 }]);
  });

  test('refuses a stranger: 401 for a wrong token, 403 for none, the probes for all', async () => {
    const base = `https://127.0.0.1:${cluster.apiPorts.loadBalancer}`;
    const { Agent, request } = await import('node:https');
    const agent = new Agent({ rejectUnauthorized: false });
    const get = (path: string, headers: Record<string, string> = {}) =>
      new Promise<number>((resolve, reject) => {
        request(`${base}${path}`, { agent, headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      });
    expect(await get('/api/v1/nodes', { authorization: 'Bearer nonsense' })).toBe(401);
    expect(await get('/api/v1/nodes')).toBe(403);
    expect(await get('/readyz')).toBe(200);
    agent.destroy();
  });
});

function allowed(name: string): number | undefined {
  return cluster.model.store.get<DisruptionBudget>('PodDisruptionBudget', 'shop', name)?.status
    ?.disruptionsAllowed;
}
