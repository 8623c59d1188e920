import { describe, expect, it } from 'vitest';
import { ClusterName, type NodeName } from '../../src/domain/names.ts';
import { Snapshot } from '../../src/domain/snapshot.ts';
import { MinorVersion } from '../../src/domain/version.ts';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot.ts';
import { type SeenRequest, status } from '../adapters/kubernetes/support/api-server.ts';
import { apiServers, kubernetesAt } from '../adapters/kubernetes/support/setup.ts';
import { patientClock } from './support/fake-cluster.ts';
import { fakeHost, switchedOff } from './support/fake-host.ts';
import { recordedMachine, recordedObjects, recordedOutput } from './support/recordings.ts';

const lists: Record<string, string> = {
  '/api/v1/nodes': 'cluster-1.33.13/kubectl-get-nodes-json',
  '/api/v1/pods': 'cluster-1.33.13/kubectl-get-pods-json',
  '/apis/policy/v1/poddisruptionbudgets': 'cluster-1.33.13/kubectl-get-pdb-json',
};
const system = [
  ...recordedObjects('cluster-1.33.13/kubectl-get-configmaps-json'),
  ...recordedObjects('cluster-1.33.13/kubectl-get-ds-deploy-json'),
];
const plurals: Record<string, string> = {
  configmaps: 'ConfigMap',
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
};

/** An API server that says what the recorded one said; its lists come in pages of 7. */
function replay({ path, query }: SeenRequest) {
  if (path === '/version') {
    return {
      code: 200,
      json: (JSON.parse(recordedOutput('cluster-1.33.13/kubectl-version-json')) as { serverVersion: object })
        .serverVersion,
    };
  }
  const list = lists[path];
  if (list) {
    const start = Number(query.continue ?? '0');
    const items = recordedObjects(list);
    const next = start + 7 < items.length ? { continue: String(start + 7) } : {};
    return { code: 200, json: { kind: 'List', metadata: { ...next }, items: items.slice(start, start + 7) } };
  }
  const [, resource = '', name] = /\/namespaces\/kube-system\/([a-z]+)\/([a-z-]+)$/.exec(path) ?? [];
  const object = system.find(({ kind, metadata }) => kind === plurals[resource] && metadata.name === name);
  return object ? { code: 200, json: object } : status(404, 'NotFound', `${path} not found`);
}

const etcd = {
  members: recordedOutput('cluster-1.33.13/etcdctl-member-list-json'),
  status: recordedOutput('cluster-1.33.13/etcdctl-endpoint-status-json'),
  health: recordedOutput('cluster-1.33.13/etcdctl-endpoint-health-json'),
};
const controlPlane = {
  etcd,
  certificates: recordedOutput('cluster-1.33.13/kubeadm-certs-check-expiration-json'),
  machine: recordedMachine('control-plane'),
  manifests: ['etcd.yaml', 'kube-apiserver.yaml', 'kube-controller-manager.yaml', 'kube-scheduler.yaml'],
  offers: { '1.34': ['1.34.9', '1.34.8'] },
};

describe('a snapshot of the recorded cluster', () => {
  it('is what people saw of it', async () => {
    const servers = await apiServers(replay);
    const { kubernetes } = await kubernetesAt(servers);
    const hostOf = (node: NodeName) =>
      fakeHost(
        node,
        node === 'w2'
          ? { unreachable: switchedOff('w2') }
          : node.startsWith('cp')
            ? controlPlane
            : { machine: recordedMachine('worker') },
      );
    const look = await gatherSnapshot({
      cluster: ClusterName.parse('lab'),
      kubernetes,
      hostOf,
      clock: patientClock('2026-11-23T03:53:20.000Z'),
      offeredMinors: [MinorVersion.parse('1.34')],
    });
    if (look.status !== 'observed') throw new Error(JSON.stringify(look));
    const snapshot = Snapshot.parse(look.snapshot);
    const url = servers[0]?.url ?? '';
    expect(snapshot.apiServers).toEqual({ [url]: 'v1.33.13' });
    const stable = { ...snapshot, apiServers: { 'https://k8s-api:6443': snapshot.apiServers[url] } };
    await expect(`${JSON.stringify(stable, null, 2)}\n`).toMatchFileSnapshot('golden/cluster-1.33.13.json');
  });
});
