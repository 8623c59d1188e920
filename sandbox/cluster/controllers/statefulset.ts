import type { ClusterModel } from '../model/cluster.ts';
import { isReady, type Pod, type WorkloadObject } from '../model/objects.ts';
import { deletePod } from '../model/pods.ts';
import { templateHash } from '../model/random.ts';
import { podFrom } from './pod-template.ts';
import { splitKey } from './queue.ts';
import { setStatus } from './replicaset.ts';

const ordinal = (pod: Pod) => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);

/** Keeps a StatefulSet's pods by ordinal, in order, and rolls them over from the highest ordinal down. */
export function reconcileStatefulSet({ store }: ClusterModel, key: string): void {
  const [namespace, name] = splitKey(key);
  const set = store.get<WorkloadObject>('StatefulSet', namespace, name);
  if (set === undefined) return;
  const wanted = set.spec.replicas ?? 1;
  const revision = `${name}-${templateHash(set.spec.template)}`;
  const pods = new Map(store.ownedBy<Pod>('Pod', set.metadata.uid ?? '').map((pod) => [ordinal(pod), pod]));
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  let healthy = true;
  for (let index = 0; index < wanted; index++) {
    const pod = pods.get(index);
    if (pod === undefined) {
      store.create(
        podFrom(set.spec.template, set, {
          name: `${name}-${index}`,
          labels: {
            'apps.kubernetes.io/pod-index': String(index),
            'controller-revision-hash': revision,
            'statefulset.kubernetes.io/pod-name': `${name}-${index}`,
          },
          spec: { hostname: `${name}-${index}`, subdomain: set.spec.serviceName ?? name },
        }),
      );
    }
    if (pod === undefined || !isReady(pod) || pod.metadata.deletionTimestamp !== undefined) {
      healthy = false;
      if (!parallel) break;
    }
  }
  const superfluous = [...pods.keys()].filter((index) => index >= wanted).sort((a, b) => b - a);
  const [last] = superfluous;
  if (last !== undefined && healthy) deletePod(store, pods.get(last) as Pod);
  else if (healthy) replaceOutdated(store, set, [...pods.values()], revision);
  report(store, set, revision);
}

function replaceOutdated(
  store: ClusterModel['store'],
  set: WorkloadObject,
  pods: Pod[],
  revision: string,
): void {
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const outdated = pods
    .filter((pod) => pod.metadata.labels?.['controller-revision-hash'] !== revision)
    .sort((a, b) => ordinal(b) - ordinal(a));
  if (outdated[0] !== undefined) deletePod(store, outdated[0]);
}

function report(store: ClusterModel['store'], set: WorkloadObject, revision: string): void {
  const pods = store.ownedBy<Pod>('Pod', set.metadata.uid ?? '');
  const ready = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
  const updated = pods.filter((pod) => pod.metadata.labels?.['controller-revision-hash'] === revision).length;
  setStatus(store, set, {
    availableReplicas: ready,
    collisionCount: 0,
    currentReplicas: updated,
    currentRevision: revision,
    observedGeneration: set.metadata.generation ?? 1,
    ...(ready > 0 && { readyReplicas: ready }),
    replicas: pods.length,
    updateRevision: revision,
    updatedReplicas: updated,
  });
}
