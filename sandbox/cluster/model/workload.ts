import type { KubeObject, WorkloadObject } from './objects.ts';

const app = (extra: Record<string, unknown> = {}) => ({
  name: 'c',
  image: 'docker.io/shop/app:1',
  imagePullPolicy: 'IfNotPresent',
  resources: {},
  ...extra,
});

/** A small shop: a web Deployment and a database StatefulSet, both with a budget that an orderly drain can keep. */
export function shop(options: { barePodOn?: string } = {}): KubeObject[] {
  const namespace = 'shop';
  const web: WorkloadObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace, labels: { app: 'web', team: 'storefront' } },
    spec: {
      replicas: 8,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [app()], terminationGracePeriodSeconds: 1 },
      },
    },
  };
  const db: WorkloadObject = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace, labels: { app: 'db', team: 'payments' } },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      updateStrategy: { type: 'RollingUpdate' },
      template: {
        metadata: { labels: { app: 'db' } },
        spec: {
          containers: [app({ volumeMounts: [{ name: 'd', mountPath: '/d' }] })],
          terminationGracePeriodSeconds: 1,
          volumes: [{ name: 'd', emptyDir: {} }],
        },
      },
    },
  };
  const budget = (name: string, spec: Record<string, unknown>): KubeObject => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace },
    spec: { ...spec, selector: { matchLabels: { app: name } } },
  });
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    },
    web,
    db,
    budget('web', { maxUnavailable: 1 }),
    budget('db', { minAvailable: 2 }),
    ...(options.barePodOn === undefined ? [] : [barePod(namespace, 'bare', options.barePodOn)]),
  ];
}

/** A pod that nobody recreates. */
export function barePod(namespace: string, name: string, nodeName: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: { nodeName, containers: [app()], terminationGracePeriodSeconds: 1 },
    status: { phase: 'Pending' },
  };
}
