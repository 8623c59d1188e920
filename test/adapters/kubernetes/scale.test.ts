import { describe, expect, it } from 'vitest';
import { NodeName, RunId } from '../../../src/domain/names.ts';
import { scaleAnnotation } from '../../../src/ports/kubernetes.ts';
import { type Reply, status } from './support/api-server.ts';
import { apiServers, kubernetesAt } from './support/setup.ts';

const web = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const by = { run: RunId.parse('abc234'), for: NodeName.parse('w1') };
const pod = { namespace: 'shop', controller: { kind: 'ReplicaSet', name: 'web-1' } };
const collection = '/apis/apps/v1/namespaces/shop';

interface Shown {
  kind?: string;
  replicas?: number;
  annotations?: Record<string, string>;
  owners?: readonly { kind: string; name: string; controller?: boolean }[];
}
const shown = (
  name: string,
  { kind = 'Deployment', replicas, annotations = {}, owners = [] }: Shown,
): Reply => ({
  code: 200,
  json: {
    kind,
    apiVersion: 'apps/v1',
    metadata: {
      name,
      uid: `uid-of-${name}`,
      namespace: 'shop',
      resourceVersion: '7',
      annotations,
      ownerReferences: owners,
    },
    spec: replicas === undefined ? {} : { replicas },
  },
});

async function cluster(objects: Record<string, Shown>, write?: Reply) {
  const servers = await apiServers(({ method, path }) => {
    const name = path.slice(collection.length + 1);
    const object = objects[name];
    if (object === undefined) return status(404, 'NotFound', `${path} not found`);
    return method === 'PATCH' && write !== undefined ? write : shown(name.split('/')[1] ?? '', object);
  });
  const { kubernetes } = await kubernetesAt(servers);
  const writes = () => servers[0]?.requests.filter(({ method }) => method === 'PATCH') ?? [];
  return { kubernetes, writes };
}

describe('what can be scaled above a pod', () => {
  const owned = (...owners: NonNullable<Shown['owners']>) => ({
    'replicasets/web-1': { replicas: 2, owners },
  });

  it('is the Deployment that controls its ReplicaSet, with one replica where it names no number', async () => {
    const { kubernetes } = await cluster({
      ...owned({ kind: 'Widget', name: 'x' }, { kind: 'Deployment', name: 'web', controller: true }),
      'deployments/web': {},
    });
    expect(await kubernetes.workloadOf(pod)).toEqual({ ...web, replicas: 1 });
  });

  it('is the ReplicaSet itself where nothing controls it', async () => {
    const { kubernetes } = await cluster(owned({ kind: 'Deployment', name: 'web' }));
    expect(await kubernetes.workloadOf(pod)).toEqual({
      kind: 'ReplicaSet',
      namespace: 'shop',
      name: 'web-1',
      replicas: 2,
    });
  });

  it('is nothing where something else controls it, which would scale it back, or where it is gone', async () => {
    const rollout = await cluster({
      ...owned({ kind: 'Rollout', name: 'web', controller: true }),
      'deployments/web': { replicas: 3 },
    });
    expect(await rollout.kubernetes.workloadOf(pod)).toBeUndefined();
    expect(await (await cluster({})).kubernetes.workloadOf(pod)).toBeUndefined();
  });
});

describe('a replica more', () => {
  it('is written together with the number to go back to', async () => {
    const { kubernetes, writes } = await cluster({ 'deployments/web': { replicas: 2 } });
    expect(await kubernetes.addReplica(web, by)).toBe(true);
    const [{ body } = {}] = writes();
    expect(body).toMatchObject({ metadata: { resourceVersion: '7' }, spec: { replicas: 3 } });
    const { metadata } = body as { metadata: { annotations: Record<string, string> } };
    expect(JSON.parse(metadata.annotations[scaleAnnotation] ?? '')).toEqual({
      run: 'abc234',
      replicas: 2,
      nodes: ['w1'],
    });
  });

  it('is not there when the API server refuses it', async () => {
    const no = status(403, 'Forbidden', 'exceeded quota: pods');
    const { kubernetes } = await cluster({ 'deployments/web': { replicas: 2 } }, no);
    await expect(kubernetes.addReplica(web, by)).rejects.toMatchObject({ code: 'kubernetes.refused' });
  });

  it("is not added to what another run has scaled, and another run's number is not put back", async () => {
    const annotations = { [scaleAnnotation]: JSON.stringify({ run: 'zzz999', replicas: 1, nodes: ['w2'] }) };
    const { kubernetes, writes } = await cluster({ 'deployments/web': { replicas: 2, annotations } });
    expect(await kubernetes.addReplica(web, by)).toBe(false);
    expect(await kubernetes.dropReplica(web, by)).toBe(false);
    expect(writes()).toEqual([]);
  });
});
