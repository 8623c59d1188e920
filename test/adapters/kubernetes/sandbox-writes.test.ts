import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeNode, Pod, WorkloadObject } from '../../../sandbox/cluster/model/objects.ts';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import { createKubernetes } from '../../../src/adapters/kubernetes/create-kubernetes.ts';
import type { Workload } from '../../../src/domain/blockage.ts';
import { NodeName, RunId } from '../../../src/domain/names.ts';
import { nextTaint, scaleAnnotation } from '../../../src/ports/kubernetes.ts';
import { type Started, started } from '../../sandbox/cluster/support/started.ts';
import { eventually } from '../../support/eventually.ts';
import { silentLog } from '../../support/silent-log.ts';

const w1 = NodeName.parse('w-01');
const w2 = NodeName.parse('w-02');
const run = RunId.parse('abc234');
const other = RunId.parse('zzz999');
const web: Workload = { kind: 'Deployment', namespace: 'shop', name: 'web' };

let cluster: Started;
let kubernetes: ReturnType<typeof createKubernetes>;
beforeAll(async () => {
  cluster = await started({ workers: 3, workload: 'shop' });
  const config = { kubeconfig: cluster.kubeconfigPath, endpoints: [], timeoutSeconds: 10 };
  kubernetes = createKubernetes({ config, clock: systemClock, log: silentLog });
});
afterAll(async () => {
  kubernetes.close();
  await cluster.end();
});

const deployment = () => {
  const found = cluster.model.store.get<WorkloadObject>('Deployment', 'shop', 'web');
  return {
    replicas: found?.spec.replicas ?? 0,
    mark: found?.metadata.annotations?.[scaleAnnotation],
  };
};
const scaleByHand = (replicas: number) =>
  cluster.model.store.modify<WorkloadObject>('Deployment', 'shop', 'web', (current) => ({
    ...current,
    spec: { ...current.spec, replicas },
  }));

describe('scaling up by one', () => {
  it('finds the Deployment above a pod, and nothing above one of a DaemonSet', async () => {
    const pods = await kubernetes.listPods({ namespace: 'shop' });
    const pod = pods.find(({ labels }) => labels.app === 'web');
    expect(pod && (await kubernetes.workloadOf(pod))).toEqual({ ...web, replicas: deployment().replicas });
    const db = pods.find(({ controller }) => controller?.kind === 'StatefulSet');
    expect(db && (await kubernetes.workloadOf(db))).toMatchObject({ kind: 'StatefulSet', name: 'db' });
    const proxy = { namespace: 'kube-system', controller: { kind: 'DaemonSet', name: 'kube-proxy' } };
    expect(await kubernetes.workloadOf(proxy)).toBeUndefined();
    expect(await kubernetes.workloadOf({ namespace: 'shop' })).toBeUndefined();
  });

  it('adds one replica for all drains of a run, and the last to let go puts back what there was', async () => {
    const before = deployment().replicas;
    expect(await kubernetes.addReplica(web, { run, for: w1 })).toBe(true);
    expect(await kubernetes.addReplica(web, { run, for: w1 })).toBe(true);
    expect(await kubernetes.addReplica(web, { run, for: w2 })).toBe(true);
    expect(await kubernetes.addReplica(web, { run: other, for: w2 })).toBe(false);
    expect(deployment()).toEqual({
      replicas: before + 1,
      mark: JSON.stringify({ run, replicas: before, nodes: [w1, w2] }),
    });
    expect(await kubernetes.dropReplica(web, { run: other, for: w1 })).toBe(false);
    expect(await kubernetes.dropReplica(web, { run, for: w1 })).toBe(false);
    expect(deployment().replicas).toBe(before + 1);
    expect(await kubernetes.dropReplica(web, { run, for: w2 })).toBe(true);
    expect(await kubernetes.dropReplica(web, { run, for: w2 })).toBe(false);
    expect(deployment()).toEqual({ replicas: before, mark: undefined });
  });

  it('leaves a count alone that somebody has changed since', async () => {
    const before = deployment().replicas;
    await kubernetes.addReplica(web, { run, for: w1 });
    scaleByHand(7);
    expect(await kubernetes.dropReplica(web, { run, for: w1 })).toBe(true);
    expect(deployment()).toEqual({ replicas: 7, mark: undefined });
    scaleByHand(before);
  });

  it('adds nothing to a workload that is gone', async () => {
    const gone: Workload = { kind: 'StatefulSet', namespace: 'shop', name: 'none' };
    expect(await kubernetes.addReplica(gone, { run, for: w1 })).toBe(false);
    expect(await kubernetes.dropReplica(gone, { run, for: w1 })).toBe(false);
  });
});

describe('the taint of nodes whose turn comes later', () => {
  const taints = (name: string) => cluster.model.store.get<KubeNode>('Node', '', name)?.spec.taints ?? [];
  const theirs = { key: 'example.com/gpu', value: 'yes', effect: 'NoSchedule' as const };

  it('is added beside those of others, once, and taken away alone', async () => {
    cluster.model.store.modify<KubeNode>('Node', '', w1, (node) => ({
      ...node,
      spec: { ...node.spec, taints: [theirs] },
    }));
    expect(await kubernetes.markNext(w1, run)).toBe(true);
    expect(await kubernetes.markNext(w1, run)).toBe(false);
    expect(await kubernetes.markNext(w1, other)).toBe(false);
    expect(taints(w1)).toEqual([theirs, { key: nextTaint, value: run, effect: 'PreferNoSchedule' }]);
    expect(await kubernetes.unmarkNext(w1, other)).toBe(false);
    expect(await kubernetes.unmarkNext(w1, run)).toBe(true);
    expect(taints(w1)).toEqual([theirs]);
  });

  it('goes with the cordon of its run, in one write', async () => {
    await kubernetes.markNext(w2, run);
    await kubernetes.cordon(w2, run);
    expect(await kubernetes.uncordon(w2, other)).toBe(false);
    expect(taints(w2)).toHaveLength(1);
    expect(await kubernetes.uncordon(w2, run)).toBe(true);
    expect(taints(w2)).toEqual([]);
  });
});

describe('deleting a pod past its budget', () => {
  it('deletes the pod of that uid and no namesake, and a watch tells of it', async () => {
    const [pod] = cluster.model.store.podsOn<Pod>(w1).filter(({ metadata }) => metadata.namespace === 'shop');
    const { name = '', uid = '' } = pod?.metadata ?? {};
    const over = new AbortController();
    const news: string[] = [];
    const following = (async () => {
      for await (const one of kubernetes.followPods({ node: w1 }, over.signal)) {
        news.push(one.kind === 'gone' ? `gone ${one.id}` : one.kind);
      }
    })();
    await eventually(() => news.includes('all'));
    expect(await kubernetes.deletePod({ namespace: 'shop', name, uid: 'another' }, -1)).toBe('gone');
    expect(cluster.model.store.get('Pod', 'shop', name)).toBeDefined();
    expect(await kubernetes.deletePod({ namespace: 'shop', name, uid }, -1)).toBe('accepted');
    await eventually(() => news.includes(`gone ${uid}`));
    expect(await kubernetes.deletePod({ namespace: 'shop', name, uid }, -1)).toBe('gone');
    over.abort();
    await following;
  });
});
