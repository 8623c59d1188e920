import { bareNode, namespace } from './bootstrap.ts';
import type { ClusterModel } from './cluster.ts';
import { podConditions } from './mirror-pods.ts';
import { type KubeObject, kubeTime, type Pod, type WorkloadObject } from './objects.ts';
import { templateHash } from './random.ts';

export interface BulkOptions {
  nodes: number;
  pods: number;
  budgets: number;
}

/**
 * Fills the API with many nodes, Deployments with Ready pods on them and budgets: for measuring, without machines behind
 * them. Parts that are equal are shared, so that 30,000 pods stay small.
 */
export function fillBulk(model: ClusterModel, { nodes, pods, budgets }: BulkOptions): void {
  const names = Array.from({ length: nodes }, (_, i) => `bulk-${String(i + 1).padStart(4, '0')}`);
  for (const [index, name] of names.entries()) {
    model.store.create(
      bareNode(
        name,
        `10.78.${Math.floor(index / 250)}.${1 + (index % 250)}`,
        model.initialVersion,
        model.random.uid(),
      ),
    );
  }
  const groups = Math.max(1, budgets);
  const perGroup = Math.ceil(pods / groups);
  let placed = 0;
  for (let group = 0; group < groups && placed < pods; group++) {
    const space = `bulk-${String(Math.floor(group / 10) + 1).padStart(3, '0')}`;
    if (group % 10 === 0) model.store.create(namespace(space));
    const count = Math.min(perGroup, pods - placed);
    fillGroup(
      model,
      space,
      `app-${group + 1}`,
      count,
      (index) => names[(placed + index) % names.length] ?? '',
    );
    placed += count;
    if (group < budgets) model.store.create(budget(space, `app-${group + 1}`));
  }
}

function fillGroup(
  model: ClusterModel,
  space: string,
  name: string,
  replicas: number,
  nodeOf: (index: number) => string,
): void {
  const labels = { app: name };
  const spec = {
    containers: [
      { name: 'c', image: 'docker.io/bulk/app:1', resources: { requests: { cpu: '50m', memory: '64Mi' } } },
    ],
    terminationGracePeriodSeconds: 1,
  };
  const template = { metadata: { labels }, spec };
  const workload = (kind: string, called: string, owner?: KubeObject): WorkloadObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: {
      name: called,
      namespace: space,
      labels: { ...labels, ...(owner && { 'pod-template-hash': hash }) },
      ...(owner && { ownerReferences: [reference(owner)] }),
    },
    spec: {
      replicas,
      selector: { matchLabels: { ...labels, ...(owner && { 'pod-template-hash': hash }) } },
      template: owner === undefined ? template : { ...template, metadata: { labels: podLabels } },
    },
  });
  const hash = templateHash(template);
  const podLabels = { ...labels, 'pod-template-hash': hash };
  const deployment = model.store.create(workload('Deployment', name));
  const set = model.store.create(workload('ReplicaSet', `${name}-${hash}`, deployment));
  const at = new Date();
  const status = {
    conditions: podConditions(true, at) ?? [],
    containerStatuses: [
      {
        name: 'c',
        image: 'docker.io/bulk/app:1',
        ready: true,
        restartCount: 0,
        started: true,
        state: { running: { startedAt: kubeTime(at) } },
      },
    ],
    phase: 'Running' as const,
    qosClass: 'Burstable',
    startTime: kubeTime(at),
  };
  const ownerReferences = [reference(set)];
  for (let index = 0; index < replicas; index++) {
    model.store.create<Pod>({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: '',
        generateName: `${name}-${hash}-`,
        namespace: space,
        labels: podLabels,
        ownerReferences,
      },
      spec: { ...spec, nodeName: nodeOf(index) },
      status,
    });
  }
}

const reference = (owner: KubeObject) => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});

const budget = (space: string, name: string): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: space },
  spec: { maxUnavailable: 1, selector: { matchLabels: { app: name } } },
});
