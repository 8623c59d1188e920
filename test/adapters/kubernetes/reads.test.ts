import { describe, expect, it } from 'vitest';
import { NodeName } from '../../../src/domain/names.ts';
import { type Handler, status } from './support/api-server.ts';
import { list, node, pod } from './support/objects.ts';
import { apiServers, kubernetesAt } from './support/setup.ts';

const notFound = status(404, 'NotFound', 'not found');
const answering = async (handler: Handler) => {
  const [server] = await apiServers(handler);
  if (!server) throw new Error('one server was started');
  return { server, ...(await kubernetesAt([server])) };
};

describe('reading objects', () => {
  it('reads of a node what is used of it', async () => {
    const { kubernetes } = await answering(() => ({
      code: 200,
      json: node('cp-1', { unschedulable: true, mark: 'abc234' }),
    }));
    expect(await kubernetes.getNode(NodeName.parse('cp-1'))).toEqual({
      name: 'cp-1',
      uid: 'uid-of-cp-1',
      labels: { 'kubernetes.io/hostname': 'cp-1' },
      annotations: { 'k8s-upgrade-bot/cordoned-by': 'abc234' },
      unschedulable: true,
      ready: true,
      pressures: ['DiskPressure'],
      taints: [],
      kubeletVersion: 'v1.33.13',
      containerRuntime: 'containerd://1.7.27',
      internalAddress: '10.0.0.11',
    });
  });

  it.each([
    ['False', 'container runtime is down, PLEG is not healthy'],
    ['Unknown', 'Kubelet stopped posting node status.'],
  ])('reads why a node’s Ready is %s', async (state, message) => {
    const known = node('cp-1');
    const conditions = [{ type: 'Ready', status: state, message }];
    const { kubernetes } = await answering(() => ({
      code: 200,
      json: { ...known, status: { ...known.status, conditions } },
    }));
    expect(await kubernetes.getNode(NodeName.parse('cp-1'))).toMatchObject({
      ready: false,
      notReadyBecause: message.replace(/\.$/, ''),
    });
  });

  it('reads of a pod what is used of it', async () => {
    const { kubernetes } = await answering(() => ({ code: 200, json: pod('web-1-a') }));
    expect(await kubernetes.getPod('shop', 'web-1-a')).toEqual({
      namespace: 'shop',
      name: 'web-1-a',
      uid: 'uid-of-web-1-a',
      node: 'w1',
      labels: { app: 'web' },
      annotations: {},
      phase: 'Running',
      ready: true,
      controller: { kind: 'ReplicaSet', name: 'web-1' },
      isMirror: false,
      hasEmptyDir: true,
      needs: {
        cpuMillis: 0,
        memoryBytes: 0,
        graceSeconds: 30,
        placement: { nodeSelector: {}, affinity: [], tolerations: [] },
      },
      images: { app: 'registry.local/app:1' },
    });
  });

  it('gives undefined for what is not there', async () => {
    const { kubernetes } = await answering(() => notFound);
    expect(await kubernetes.getPod('shop', 'web')).toBeUndefined();
    expect(await kubernetes.getConfigMap('kube-system', 'kubeadm-config')).toBeUndefined();
    expect(await kubernetes.getDaemonSet('kube-system', 'kube-proxy')).toBeUndefined();
    expect(await kubernetes.getDeployment('kube-system', 'coredns')).toBeUndefined();
    expect(await kubernetes.nodeLeaseRenewedAt(NodeName.parse('w1'))).toBeUndefined();
  });

  it('reads how far a Deployment and a DaemonSet have come, and whether their newest generation was seen', async () => {
    const metadata = { name: 'x', namespace: 'kube-system', uid: 'u', resourceVersion: '1', generation: 3 };
    const template = { spec: { containers: [{ image: 'registry.k8s.io/x:1' }] } };
    const { kubernetes } = await answering(({ path }) => ({
      code: 200,
      json: path.includes('/daemonsets/')
        ? {
            metadata,
            spec: { template },
            status: {
              observedGeneration: 2,
              desiredNumberScheduled: 5,
              updatedNumberScheduled: 4,
              numberAvailable: 3,
            },
          }
        : { metadata, spec: { template }, status: { observedGeneration: 3, updatedReplicas: 1 } },
    }));
    const image = 'registry.k8s.io/x:1';
    expect(await kubernetes.getDaemonSet('kube-system', 'x')).toEqual({
      image,
      desired: 5,
      updated: 4,
      available: 3,
      observed: false,
    });
    expect(await kubernetes.getDeployment('kube-system', 'x')).toEqual({
      image,
      desired: 1,
      updated: 1,
      available: 0,
      observed: true,
    });
  });

  it("reads a lease's microseconds", async () => {
    const { kubernetes } = await answering(() => ({
      code: 200,
      json: {
        metadata: { name: 'w1', namespace: 'kube-node-lease', uid: 'u', resourceVersion: '1' },
        spec: { renewTime: '2026-11-23T03:51:20.193345Z' },
      },
    }));
    expect(await kubernetes.nodeLeaseRenewedAt(NodeName.parse('w1'))).toBe(
      Date.parse('2026-11-23T03:51:20.193Z'),
    );
  });

  it('tells a budget that selects every pod from one that selects none', async () => {
    const metadata = { name: 'x', namespace: 'shop', uid: 'u', resourceVersion: '1' };
    const { kubernetes } = await answering(() => ({
      code: 200,
      json: list('PodDisruptionBudgetList', [
        { metadata, spec: { selector: {} }, status: { disruptionsAllowed: 1 } },
        { metadata, spec: {}, status: {} },
      ]),
    }));
    const [all, none] = await kubernetes.listPdbs();
    expect(all).toMatchObject({ matchLabels: {}, matchExpressions: [], disruptionsAllowed: 1 });
    expect(none?.matchExpressions).toEqual([{ key: '', operator: 'In', values: [] }]);
  });
});

describe('lists', () => {
  it('are read page by page, with what was asked for on every page', async () => {
    const { kubernetes, server } = await answering(({ query }) =>
      query.continue === 'two'
        ? { code: 200, json: list('PodList', [pod('c')]) }
        : { code: 200, json: list('PodList', [pod('a'), pod('b')], 'two') },
    );
    const pods = await kubernetes.listPods({ node: NodeName.parse('w1'), labelSelector: 'app=web' });
    expect(pods.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    const asked = { limit: '500', fieldSelector: 'spec.nodeName=w1', labelSelector: 'app=web' };
    expect(server.requests.map(({ query }) => query)).toEqual([asked, { ...asked, continue: 'two' }]);
  });

  it('start over when the server has forgotten where they were', async () => {
    let starts = 0;
    const { kubernetes } = await answering(({ query }) => {
      if (query.continue) {
        return starts === 1
          ? status(
              410,
              'Expired',
              'The provided continue parameter is too old to display a consistent list result.',
            )
          : { code: 200, json: list('PodList', [pod('b')]) };
      }
      starts += 1;
      return { code: 200, json: list('PodList', [pod('a')], 'two') };
    });
    expect((await kubernetes.listPods()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('give up when they keep expiring', async () => {
    const { kubernetes } = await answering(({ query }) =>
      query.continue
        ? status(410, 'Expired', 'too old')
        : { code: 200, json: list('PodList', [pod('a')], 'two') },
    );
    await expect(kubernetes.listPods()).rejects.toMatchObject({ code: 'kubernetes.unavailable' });
  });
});
