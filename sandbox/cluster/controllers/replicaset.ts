import type { ClusterModel } from '../model/cluster.ts';
import { isReady, type Pod, type WorkloadObject } from '../model/objects.ts';
import { deletePod } from '../model/pods.ts';
import { isActive, podFrom } from './pod-template.ts';
import { splitKey } from './queue.ts';

/** Keeps as many pods as a ReplicaSet asks for, and its status true. */
export function reconcileReplicaSet({ store }: ClusterModel, key: string): void {
  const [namespace, name] = splitKey(key);
  const set = store.get<WorkloadObject>('ReplicaSet', namespace, name);
  if (set === undefined) return;
  const active = store.ownedBy<Pod>('Pod', set.metadata.uid ?? '').filter(isActive);
  const wanted = set.spec.replicas ?? 1;
  for (let missing = wanted - active.length; missing > 0; missing--)
    store.create(podFrom(set.spec.template, set));
  for (const pod of surplus(active, active.length - wanted)) deletePod(store, pod);
  const now = store.ownedBy<Pod>('Pod', set.metadata.uid ?? '').filter(isActive);
  const ready = now.filter(isReady).length;
  setStatus(store, set, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: now.length,
    fullyLabeledReplicas: now.length,
    ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }),
  });
}

// Unscheduled and unready pods go first, then the youngest, as in controller_utils.go's ActivePods.
function surplus(pods: Pod[], count: number): Pod[] {
  if (count <= 0) return [];
  const rank = (pod: Pod) => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  const byAge = (a: Pod, b: Pod) =>
    (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');
  return [...pods].sort((a, b) => rank(a) - rank(b) || byAge(a, b)).slice(0, count);
}

/** Writes a status only when it says something new, so that watches stay quiet. */
export function setStatus(
  store: ClusterModel['store'],
  object: WorkloadObject,
  status: Record<string, unknown>,
): void {
  const { namespace = '', name } = object.metadata;
  store.modify<WorkloadObject>(object.kind, namespace, name, (current) =>
    JSON.stringify(current.status) === JSON.stringify(status) ? current : { ...current, status },
  );
}
