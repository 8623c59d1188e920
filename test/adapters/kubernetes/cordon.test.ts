import { describe, expect, it } from 'vitest';
import { NodeName, RunId } from '../../../src/domain/names.ts';
import { type Handler, type Reply, status } from './support/api-server.ts';
import { node } from './support/objects.ts';
import { apiServers, kubernetesAt } from './support/setup.ts';

const w1 = NodeName.parse('w1');
const run = RunId.parse('abc234');
const mark = 'k8s-upgrade-bot/cordoned-by';

interface State {
  unschedulable?: boolean;
  mark?: string;
  version: number;
}

interface Patch {
  metadata: { resourceVersion: string; annotations?: Record<string, string | null> };
  spec?: { unschedulable: boolean };
}

/** One node behind some API servers, with the rules of resourceVersion. */
function oneNode(state: State) {
  const show = (): Reply => ({ code: 200, json: node('w1', { ...state, version: String(state.version) }) });
  const handler: Handler = ({ method, path, body }) => {
    if (path !== '/api/v1/nodes/w1') return status(404, 'NotFound', `${path} not found`);
    if (method === 'GET') return show();
    const { metadata, spec } = body as Patch;
    if (metadata.resourceVersion !== String(state.version)) {
      return status(409, 'Conflict', 'the object has been modified');
    }
    state.version += 1;
    if (spec) state.unschedulable = spec.unschedulable;
    const value = metadata.annotations?.[mark];
    if (value === null) delete state.mark;
    if (typeof value === 'string') state.mark = value;
    return show();
  };
  return { state, handler };
}

describe('cordoning', () => {
  it('sets unschedulable and the mark in one write, on the node as it was read', async () => {
    const { state, handler } = oneNode({ version: 5 });
    const servers = await apiServers(handler);
    const { kubernetes } = await kubernetesAt(servers);
    await kubernetes.cordon(w1, run);
    expect(state).toEqual({ unschedulable: true, mark: run, version: 6 });
    const [, write] = servers[0]?.requests ?? [];
    expect(write).toMatchObject({
      method: 'PATCH',
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
      body: {
        metadata: { resourceVersion: '5', annotations: { [mark]: run } },
        spec: { unschedulable: true },
      },
    });
  });

  it("leaves somebody else's cordon unmarked", async () => {
    const { state, handler } = oneNode({ unschedulable: true, version: 5 });
    const { kubernetes } = await kubernetesAt(await apiServers(handler));
    await kubernetes.cordon(w1, run);
    expect(state).toEqual({ unschedulable: true, version: 5 });
    expect(await kubernetes.uncordon(w1, run)).toBe(false);
    expect(state).toEqual({ unschedulable: true, version: 5 });
  });

  it('keeps the mark of an earlier run on a node that is still cordoned', async () => {
    const { state, handler } = oneNode({ unschedulable: true, mark: 'zzz999', version: 5 });
    const { kubernetes } = await kubernetesAt(await apiServers(handler));
    await kubernetes.cordon(w1, run);
    expect(state).toEqual({ unschedulable: true, mark: 'zzz999', version: 5 });
    expect(await kubernetes.uncordon(w1, run)).toBe(false);
  });

  it('replaces a mark that was left on a node which a person has uncordoned', async () => {
    const { state, handler } = oneNode({ mark: 'zzz999', version: 5 });
    const { kubernetes } = await kubernetesAt(await apiServers(handler));
    await kubernetes.cordon(w1, run);
    expect(state).toEqual({ unschedulable: true, mark: run, version: 6 });
  });

  it('writes again when the node changed between reading and writing', async () => {
    const { state, handler } = oneNode({ version: 5 });
    let writes = 0;
    const { kubernetes } = await kubernetesAt(
      await apiServers((request) => {
        if (request.method === 'PATCH') {
          writes += 1;
          if (writes < 3) state.version += 1;
        }
        return handler(request);
      }),
    );
    await kubernetes.cordon(w1, run);
    expect(writes).toBe(3);
    expect(state).toMatchObject({ unschedulable: true, mark: run });
  });

  it('leaves a cordon alone that somebody set between reading and writing', async () => {
    const { state, handler } = oneNode({ version: 5 });
    const { kubernetes } = await kubernetesAt(
      await apiServers((request) => {
        if (request.method === 'PATCH' && !state.unschedulable) {
          state.version += 1;
          state.unschedulable = true;
        }
        return handler(request);
      }),
    );
    await kubernetes.cordon(w1, run);
    expect(state).toEqual({ unschedulable: true, version: 6 });
  });

  it('gives up on a node that never stands still', async () => {
    const { state, handler } = oneNode({ version: 5 });
    const { kubernetes } = await kubernetesAt(
      await apiServers((request) => {
        if (request.method === 'PATCH') state.version += 1;
        return handler(request);
      }),
    );
    await expect(kubernetes.cordon(w1, run)).rejects.toMatchObject({ code: 'kubernetes.unavailable' });
  });

  it('refuses to cordon a node that does not exist', async () => {
    const { kubernetes } = await kubernetesAt(
      await apiServers(() => status(404, 'NotFound', 'nodes "w1" not found')),
    );
    await expect(kubernetes.cordon(w1, run)).rejects.toMatchObject({ code: 'kubernetes.refused' });
  });
});

describe('uncordoning', () => {
  it("takes away the run's own cordon and mark, in one write", async () => {
    const { state, handler } = oneNode({ unschedulable: true, mark: run, version: 5 });
    const { kubernetes } = await kubernetesAt(await apiServers(handler));
    expect(await kubernetes.uncordon(w1, run)).toBe(true);
    expect(state).toEqual({ unschedulable: false, version: 6 });
    expect(await kubernetes.uncordon(w1, run)).toBe(false);
  });

  it('knows its own write again when the answer to it was lost', async () => {
    const { state, handler } = oneNode({ unschedulable: true, mark: run, version: 5 });
    let lost = false;
    const servers = await apiServers((request) => {
      const reply = handler(request);
      if (request.method !== 'PATCH' || lost) return reply;
      lost = true;
      return 'cut-midway';
    }, handler);
    const { kubernetes } = await kubernetesAt(servers);
    expect(await kubernetes.uncordon(w1, run)).toBe(true);
    expect(state).toEqual({ unschedulable: false, version: 6 });
  });

  it('does not claim a cordon that somebody took over meanwhile', async () => {
    const { state, handler } = oneNode({ unschedulable: true, mark: run, version: 5 });
    const { kubernetes } = await kubernetesAt(
      await apiServers((request) => {
        if (request.method === 'PATCH' && state.mark === run) {
          state.version += 1;
          delete state.mark;
        }
        return handler(request);
      }),
    );
    expect(await kubernetes.uncordon(w1, run)).toBe(false);
    expect(state).toEqual({ unschedulable: true, version: 6 });
  });
});

describe('labelling', () => {
  const labelled = async (...wanted: Record<string, string | null>[]) => {
    const { handler } = oneNode({ version: 5 });
    const servers = await apiServers(handler);
    const { kubernetes } = await kubernetesAt(servers);
    for (const labels of wanted) await kubernetes.labelNode(w1, labels);
    return servers[0]?.requests.flatMap(({ method, body }) =>
      method === 'PATCH' ? [(body as { metadata: { labels: object } }).metadata.labels] : [],
    );
  };
  const there = { 'kubernetes.io/hostname': 'w1' };

  it('adds labels, replaces values and takes away, also where one of several is right already', async () => {
    const wanted = [{ ...there, quarantine: 'abc234' }, { 'kubernetes.io/hostname': null }, { a: '1' }];
    expect(await labelled(...wanted)).toEqual(wanted);
  });

  it('does not write what is there already, nor take away what is not', async () => {
    expect(await labelled(there, { quarantine: null }, { ...there, quarantine: null })).toEqual([]);
  });
});

describe('annotating', () => {
  it('writes once, and not again what is there already', async () => {
    const { handler } = oneNode({ version: 5 });
    const servers = await apiServers(handler);
    const { kubernetes } = await kubernetesAt(servers);
    await kubernetes.annotateNode(w1, { [mark]: 'hello' });
    await kubernetes.annotateNode(w1, { [mark]: 'hello' });
    expect(servers[0]?.requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET']);
    await kubernetes.annotateNode(w1, { [mark]: 'hello', other: 'missing' });
    expect(servers[0]?.requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET', 'GET', 'PATCH']);
  });
});
