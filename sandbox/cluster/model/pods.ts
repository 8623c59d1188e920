import type { FaultBoard } from './fault-board.ts';
import { isTerminating, kubeTime, type Pod } from './objects.ts';
import type { ObjectStore } from './store.ts';

/**
 * Deletes a pod as the API server does: at once without a node or with a grace of 0, else by a deletionTimestamp that the
 * node's kubelet acts on. Returns what the API answers with.
 */
export function deletePod(store: ObjectStore, pod: Pod, graceSeconds?: number): Pod {
  const { namespace = '', name, finalizers } = pod.metadata;
  const grace = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  const finished = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
  const mirror = 'kubernetes.io/config.mirror' in (pod.metadata.annotations ?? {});
  const atOnce = grace === 0 || finished || mirror || pod.spec.nodeName === undefined;
  if (atOnce && (finalizers === undefined || finalizers.length === 0)) {
    store.remove('Pod', namespace, name);
    return pod;
  }
  if (isTerminating(pod) && (pod.metadata.deletionGracePeriodSeconds ?? 0) <= grace) return pod;
  const deletion = {
    deletionTimestamp: kubeTime(new Date(Date.now() + grace * 1_000)),
    deletionGracePeriodSeconds: grace,
  };
  return (
    store.modify<Pod>('Pod', namespace, name, (current) => ({
      ...current,
      metadata: { ...current.metadata, ...deletion },
    })) ?? pod
  );
}

/** Whether the fault pod-stuck-terminating holds this pod: by node, by `namespace/name`, or by a name's beginning. */
export function isStuck(faults: FaultBoard, pod: Pod): boolean {
  return faults.list().some(({ name, parameters }) => {
    if (name !== 'pod-stuck-terminating') return false;
    const { node = '', pod: wanted = '' } = parameters;
    if (node !== '' && node !== pod.spec.nodeName) return false;
    if (wanted === '')
      return (
        pod.metadata.ownerReferences?.some(({ kind }) => kind === 'DaemonSet' || kind === 'Node') !== true
      );
    const full = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
    return full === wanted || full.startsWith(`${String(wanted)}-`) || pod.metadata.name === wanted;
  });
}
