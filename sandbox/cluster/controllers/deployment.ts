import type { ClusterModel } from '../model/cluster.ts';
import { type Condition, kubeTime, type WorkloadObject } from '../model/objects.ts';
import { templateHash } from '../model/random.ts';
import { scaled } from '../model/selectors.ts';
import { ownerReference } from './pod-template.ts';
import { splitKey } from './queue.ts';
import { setStatus } from './replicaset.ts';

const count = (set: WorkloadObject, field: string) => Number(set.status?.[field] ?? 0);

/** Rolls a Deployment's pods over to its template within maxSurge and maxUnavailable. */
export function reconcileDeployment({ store }: ClusterModel, key: string): void {
  const [namespace, name] = splitKey(key);
  const deployment = store.get<WorkloadObject>('Deployment', namespace, name);
  if (deployment === undefined) return;
  const sets = store.ownedBy<WorkloadObject>('ReplicaSet', deployment.metadata.uid ?? '');
  const hash = templateHash(deployment.spec.template);
  const wanted = deployment.spec.replicas ?? 1;
  const current =
    sets.find((set) => set.metadata.labels?.['pod-template-hash'] === hash) ??
    store.create(newReplicaSet(deployment, hash, sets.length === 0 ? wanted : 0, sets.length + 1));
  const old = sets.filter((set) => set.metadata.uid !== current.metadata.uid);
  roll(store, deployment, current, old, wanted);
  report(store, deployment, current.metadata.name, wanted);
}

function roll(
  store: ClusterModel['store'],
  deployment: WorkloadObject,
  current: WorkloadObject,
  old: WorkloadObject[],
  wanted: number,
): void {
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const surge = scaled(rolling?.maxSurge ?? '25%', wanted, 'up');
  const unavailable = scaled(rolling?.maxUnavailable ?? '25%', wanted, 'down');
  const asked = (set: WorkloadObject) => set.spec.replicas ?? 0;
  const total = asked(current) + old.reduce((sum, set) => sum + asked(set), 0);
  const room = Math.max(0, wanted + surge - total);
  const grown = old.every((set) => asked(set) === 0) ? wanted : Math.min(wanted, asked(current) + room);
  scale(store, current, grown);
  let spare =
    count(current, 'availableReplicas') +
    old.reduce((sum, set) => sum + count(set, 'availableReplicas'), 0) -
    (wanted - Math.max(unavailable, surge === 0 ? 1 : 0));
  for (const set of old) {
    const idle = asked(set) - count(set, 'availableReplicas');
    const fewer = Math.min(asked(set), Math.max(0, idle) + Math.max(0, spare));
    if (fewer > 0) scale(store, set, asked(set) - fewer);
    spare -= Math.max(0, fewer - Math.max(0, idle));
  }
}

function scale(store: ClusterModel['store'], set: WorkloadObject, replicas: number): void {
  store.modify<WorkloadObject>('ReplicaSet', set.metadata.namespace ?? '', set.metadata.name, (current) =>
    current.spec.replicas === replicas ? current : { ...current, spec: { ...current.spec, replicas } },
  );
}

function newReplicaSet(
  deployment: WorkloadObject,
  hash: string,
  replicas: number,
  revision: number,
): WorkloadObject {
  const { metadata, spec } = deployment;
  const labels = { ...spec.template.metadata?.labels, 'pod-template-hash': hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace ?? 'default',
      labels,
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas,
      selector: { matchLabels: { ...spec.selector.matchLabels, 'pod-template-hash': hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
    status: { replicas: 0 },
  };
}

function report(
  store: ClusterModel['store'],
  deployment: WorkloadObject,
  currentName: string,
  wanted: number,
): void {
  const sets = store.ownedBy<WorkloadObject>('ReplicaSet', deployment.metadata.uid ?? '');
  const sum = (field: string) => sets.reduce((total, set) => total + count(set, field), 0);
  const updated = sets.find((set) => set.metadata.name === currentName);
  const updatedReplicas = updated === undefined ? 0 : count(updated, 'replicas');
  const available = sum('availableReplicas');
  const unavailable = Math.max(0, Math.max(wanted, sum('replicas')) - available);
  const least =
    wanted - scaled(deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', wanted, 'down');
  const done = updatedReplicas === wanted && available >= wanted && sum('replicas') === wanted;
  const enough = available >= least;
  setStatus(store, deployment, {
    ...(available > 0 && { availableReplicas: available }),
    conditions: conditions(deployment, currentName, enough, done),
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(sum('readyReplicas') > 0 && { readyReplicas: sum('readyReplicas') }),
    replicas: sum('replicas'),
    ...(unavailable > 0 && { unavailableReplicas: unavailable }),
    ...(updatedReplicas > 0 && { updatedReplicas }),
  });
}

function conditions(
  deployment: WorkloadObject,
  setName: string,
  available: boolean,
  done: boolean,
): Condition[] {
  const before = (deployment.status?.conditions ?? []) as Condition[];
  const wanted: Condition[] = [
    available
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    done
      ? {
          type: 'Progressing',
          status: 'True',
          reason: 'NewReplicaSetAvailable',
          message: `ReplicaSet "${setName}" has successfully progressed.`,
        }
      : {
          type: 'Progressing',
          status: 'True',
          reason: 'ReplicaSetUpdated',
          message: `ReplicaSet "${setName}" is progressing.`,
        },
  ];
  const now = kubeTime(new Date());
  return wanted.map((condition) => {
    const same = before.find(
      ({ type, status, message }) =>
        type === condition.type && status === condition.status && message === condition.message,
    );
    return {
      lastTransitionTime: same?.lastTransitionTime ?? now,
      lastUpdateTime: same?.lastUpdateTime ?? now,
      message: condition.message ?? '',
      reason: condition.reason ?? '',
      status: condition.status,
      type: condition.type,
    };
  });
}
