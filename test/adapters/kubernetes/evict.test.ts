import { describe, expect, it } from 'vitest';
import { type Handler, type Reply, status } from './support/api-server.ts';
import { pod } from './support/objects.ts';
import { apiServers, kubernetesAt } from './support/setup.ts';

const db = { namespace: 'shop', name: 'db-0', uid: 'uid-of-db-0' };

const evicting = async (reply: Reply, there: Handler = () => ({ code: 200, json: pod('db-0') })) => {
  const servers = await apiServers((request) => (request.method === 'POST' ? reply : there(request)));
  return { servers, ...(await kubernetesAt(servers)) };
};
const budget = (message: string, details: object = {}) =>
  status(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...details,
  });

describe('evicting a pod', () => {
  it('asks by policy/v1 with the uid as a precondition', async () => {
    const { kubernetes, servers } = await evicting({
      code: 201,
      json: { kind: 'Status', status: 'Success' },
    });
    expect(await kubernetes.evictPod(db, -1)).toEqual({ status: 'accepted' });
    expect(servers[0]?.requests).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/namespaces/shop/pods/db-0/eviction',
        body: {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { namespace: 'shop', name: 'db-0' },
          deleteOptions: { preconditions: { uid: 'uid-of-db-0' } },
        },
      },
    ]);
  });

  it("keeps the pod's grace period unless told otherwise", async () => {
    const { kubernetes, servers } = await evicting({ code: 201, json: {} });
    await kubernetes.evictPod(db, -1);
    await kubernetes.evictPod(db, 30);
    const options = servers[0]?.requests.map(({ body }) => (body as { deleteOptions: object }).deleteOptions);
    expect(options).toEqual([
      { preconditions: { uid: 'uid-of-db-0' } },
      { preconditions: { uid: 'uid-of-db-0' }, gracePeriodSeconds: 30 },
    ]);
  });

  it('names the budget that blocks, in its own arithmetic', async () => {
    const said = 'The disruption budget db needs 2 healthy pods and has 2 currently';
    const { kubernetes, clock, servers } = await evicting(budget(said));
    expect(await kubernetes.evictPod(db, -1)).toEqual({ status: 'blocked', message: said });
    expect(clock.slept).toEqual([]);
    expect(servers[0]?.requests).toHaveLength(1);
  });

  it('passes on how long a budget that was not looked at yet asks to wait', async () => {
    const reply = {
      ...budget('The disruption budget db is still being processed by the server.', {
        retryAfterSeconds: 10,
      }),
      headers: { 'retry-after': '10' },
    };
    const { kubernetes } = await evicting(reply);
    expect(await kubernetes.evictPod(db, -1)).toMatchObject({ status: 'blocked', retryAfterSeconds: 10 });
  });

  it('tells what all causes say, or what stands above them where they say nothing', async () => {
    const causes = [
      { reason: 'DisruptionBudget', message: 'budget a' },
      { reason: 'Other', message: '' },
      { reason: 'Other', message: 'and b' },
    ];
    const above = 'Cannot evict pod.';
    const several = await evicting(status(429, 'TooManyRequests', above, { causes }));
    expect(await several.kubernetes.evictPod(db, -1)).toEqual({
      status: 'blocked',
      message: 'budget a; and b',
    });
    const silent = await evicting(
      status(429, 'TooManyRequests', above, {
        causes: causes.slice(1, 2).concat({ reason: 'DisruptionBudget', message: '' }),
      }),
    );
    expect(await silent.kubernetes.evictPod(db, -1)).toEqual({ status: 'blocked', message: above });
  });

  it('takes an answer that is not of the API for no outcome', async () => {
    const { kubernetes } = await evicting({ code: 400, text: '<html>Bad Request</html>' });
    await expect(kubernetes.evictPod(db, -1)).rejects.toMatchObject({ code: 'kubernetes.unavailable' });
  });

  it('does not take a busy API server for a budget', async () => {
    const { kubernetes } = await evicting({ code: 429, text: 'Too many requests, please try again later.' });
    await expect(kubernetes.evictPod(db, -1)).rejects.toMatchObject({ code: 'kubernetes.unavailable' });
  });

  it('is done when there is no such pod', async () => {
    const { kubernetes } = await evicting(status(404, 'NotFound', 'pods "db-0" not found'));
    expect(await kubernetes.evictPod(db, -1)).toEqual({ status: 'gone' });
  });

  it('is done when a namesake has taken its place', async () => {
    const conflict = status(409, 'Conflict', 'the UID in the precondition does not match');
    const { kubernetes } = await evicting(conflict, () => ({
      code: 200,
      json: pod('db-0', { uid: 'another' }),
    }));
    expect(await kubernetes.evictPod(db, -1)).toEqual({ status: 'gone' });
  });

  it('is refused when the conflict is about the pod itself', async () => {
    const { kubernetes } = await evicting(status(409, 'Conflict', 'the object has been modified'));
    expect(await kubernetes.evictPod(db, -1)).toMatchObject({ status: 'refused', code: 409 });
  });

  it('sees that the namespace goes away, and the pod with it', async () => {
    const reply = status(
      403,
      'Forbidden',
      'unable to create new content in namespace shop because it is being terminated',
      {
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: 'namespace shop is being terminated',
            field: 'metadata.namespace',
          },
        ],
      },
    );
    const { kubernetes, clock } = await evicting(reply);
    expect(await kubernetes.evictPod(db, -1)).toEqual({ status: 'namespace-terminating' });
    expect(clock.slept).toEqual([]);
  });

  it.each([
    [500, 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'],
    [500, 'Internal error occurred: failed calling webhook "drain.example.com": connection refused'],
    [403, 'admission webhook "drain.example.com" denied the request'],
  ])('gives back what the server says with %i: %s', async (code, message) => {
    const reply = status(code, code === 500 ? 'InternalError' : 'Forbidden', message);
    const { kubernetes } = await evicting(reply);
    expect(await kubernetes.evictPod(db, -1)).toEqual({ status: 'refused', code, message });
  });

  it('asks another API server when etcd lets this one down', async () => {
    const servers = await apiServers(
      () => status(500, 'InternalError', 'etcdserver: leader changed'),
      () => ({ code: 201, json: {} }),
    );
    const { kubernetes } = await kubernetesAt(servers);
    expect(await kubernetes.evictPod(db, -1)).toEqual({ status: 'accepted' });
  });
});
