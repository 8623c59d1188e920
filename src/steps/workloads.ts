import pLimit from 'p-limit';
import { z } from 'zod';
import { drainFateOf } from '../domain/drain.ts';
import type { NodeName } from '../domain/names.ts';
import type { Kubernetes } from '../ports/kubernetes.ts';

/** A controller with pods that a drain moves, and how many of its pods were ready before. */
export const WorkloadRecord = z.strictObject({
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  ready: z.number().int(),
});
export type WorkloadRecord = z.infer<typeof WorkloadRecord>;
export const WorkloadRecords = z.array(WorkloadRecord);

type WorkloadApi = Pick<Kubernetes, 'listPods' | 'replicasOf'>;

/** Reads at the same time; each is a small object. */
const parallel = 16;

/** Controllers that keep a number of pods running. What a Job or an operator of its own wants is not known here. */
const kept: ReadonlySet<string> = new Set(['ReplicaSet', 'StatefulSet']);

/** The controllers of the pods that draining some nodes would move, with how ready they are now. */
export async function workloadsOn(
  kubernetes: WorkloadApi,
  nodes: readonly NodeName[],
): Promise<WorkloadRecord[]> {
  const limit = pLimit(parallel);
  const pods = await Promise.all(nodes.map((node) => limit(() => kubernetes.listPods({ node }))));
  const found = new Map<string, Omit<WorkloadRecord, 'ready'>>();
  for (const pod of pods.flat()) {
    const { controller, namespace } = pod;
    if (!controller || !kept.has(controller.kind) || drainFateOf(pod).fate !== 'evicted') continue;
    const { kind, name } = controller;
    found.set(`${namespace}/${kind}/${name}`, { namespace, kind, name });
  }
  const read = await Promise.all(
    [...found.values()].map((workload) =>
      limit(async () => {
        const replicas = await kubernetes.replicasOf(workload.namespace, workload);
        return replicas ? [{ ...workload, ready: replicas.ready }] : [];
      }),
    ),
  );
  return read.flat();
}

/**
 * The workloads that are less ready than they were, as clauses: `shop/web has 1 of 3 ready`. One that is gone, or that
 * somebody has scaled down meanwhile, misses nothing.
 */
export async function lessReady(
  kubernetes: WorkloadApi,
  before: readonly WorkloadRecord[],
): Promise<string[]> {
  const limit = pLimit(parallel);
  const looked = await Promise.all(
    before.map((workload) =>
      limit(async () => {
        const now = await kubernetes.replicasOf(workload.namespace, workload);
        if (!now || now.ready >= Math.min(workload.ready, now.desired)) return [];
        return [`${workload.namespace}/${workload.name} has ${now.ready} of ${now.desired} ready`];
      }),
    ),
  );
  return looked.flat();
}
