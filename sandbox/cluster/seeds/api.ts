import { namespace } from '../model/bootstrap.ts';
import type { ClusterModel, DeprecatedUse } from '../model/cluster.ts';
import type { KubeObject } from '../model/objects.ts';
import {
  budget,
  definition,
  definitionVersion,
  deployment,
  endpoints,
  helmRelease,
  service,
  webhook,
} from './objects.ts';
import type { Seed } from './registry.ts';

/** An API version that 1.34 no longer serves. */
const policies = {
  apiVersion: 'admissionregistration.k8s.io/v1beta1',
  kind: 'ValidatingAdmissionPolicy',
  use: {
    group: 'admissionregistration.k8s.io',
    version: 'v1beta1',
    resource: 'validatingadmissionpolicies',
    removedRelease: '1.34',
  } satisfies DeprecatedUse,
} as const;

const oneNode = { name: 'node', description: 'the node', type: 'node' } as const;

function inNamespace(model: ClusterModel, name: string, ...objects: KubeObject[]): void {
  if (model.store.get('Namespace', '', name) === undefined) model.store.create(namespace(name));
  for (const object of objects)
    model.store.create({ ...object, metadata: { ...object.metadata, namespace: name } });
}

/** Counts uses on every API server, beside those that it has counted already. */
function count(model: ClusterModel, use: DeprecatedUse): void {
  for (const { name } of model.controlPlanes()) {
    model.deprecatedUses.set(name, [...(model.deprecatedUses.get(name) ?? []), use]);
  }
}

/** Problems that the Kubernetes API shows: what removals break, what stands in the way of a drain. */
export const apiSeeds: readonly Seed[] = [
  {
    name: 'removed-api-in-use',
    description:
      'A controller lists and writes an API version that 1.34 no longer serves (api.removed-in-use)',
    parameters: [],
    plant: (model) => count(model, { ...policies.use, requests: { LIST: 288, WATCH: 12, PATCH: 7 } }),
  },
  {
    name: 'removed-api-discovered',
    description:
      'A client discovers an API version that 1.34 no longer serves, no more (api.removed-only-discovered)',
    parameters: [],
    plant: (model) => count(model, { ...policies.use, resource: 'validatingadmissionpolicybindings' }),
  },
  {
    name: 'object-of-removed-api',
    description:
      'An object was applied through an API version that 1.34 no longer serves (api.removed-in-objects)',
    parameters: [],
    plant: (model) => {
      const { apiVersion, kind } = policies;
      const applied = JSON.stringify({ apiVersion, kind, metadata: { name: 'no-latest-tag' }, spec: {} });
      model.store.create({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind,
        metadata: {
          name: 'no-latest-tag',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `${applied}\n` },
          managedFields: [{ manager: 'kubectl-client-side-apply', operation: 'Update', apiVersion }],
        } as KubeObject['metadata'],
        spec: { failurePolicy: 'Fail', validations: [] },
      });
    },
  },
  {
    name: 'helm-release-of-removed-api',
    description:
      'A Helm release has an API version in its manifest that 1.34 no longer serves (api.removed-in-helm-release)',
    parameters: [],
    plant: (model) => {
      const manifest = `---\n# Source: guard/templates/policy.yaml\napiVersion: ${policies.apiVersion}\nkind: ${policies.kind}\nmetadata:\n  name: guard\n`;
      inNamespace(model, 'guard', helmRelease('guard', 'guard', manifest));
    },
  },
  {
    name: 'stored-version-gone',
    description:
      'A CustomResourceDefinition has objects stored in a version that it no longer has (crd.stored-version-gone)',
    parameters: [],
    plant: (model) => {
      const versions = [definitionVersion('v1', true, true)];
      model.store.create(definition('widgets', 'Widget', { versions }, ['v1alpha1', 'v1']));
    },
  },
  {
    name: 'conversion-webhook-down',
    description:
      'The conversion webhook of a CustomResourceDefinition has no endpoint (crd.conversion-webhook-down)',
    parameters: [],
    plant: (model) => {
      const versions = [definitionVersion('v1beta1', true, false), definitionVersion('v1', true, true)];
      const clientConfig = { service: { namespace: 'gadgets', name: 'gadget-operator', path: '/convert' } };
      const conversion = { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
      model.store.create(definition('gadgets', 'Gadget', { versions, conversion }, ['v1']));
      inNamespace(model, 'gadgets', service('gadget-operator'));
    },
  },
  {
    name: 'webhook-down',
    description: 'A fail-closed webhook for evictions has nobody behind it (webhook.down)',
    parameters: [],
    plant: (model) => {
      model.store.create(webhook('eviction-guard', { operations: ['CREATE'], resources: ['pods/eviction'] }));
      inNamespace(model, 'eviction-guard-system', service('eviction-guard'));
    },
  },
  {
    name: 'webhook-on-one-node',
    description: 'All of a fail-closed webhook for pods runs on one node (webhook.on-one-node)',
    parameters: [oneNode],
    plant: (model, { node }) => {
      model.store.create(webhook('pod-policy', { operations: ['CREATE', 'UPDATE'], resources: ['pods'] }));
      inNamespace(
        model,
        'pod-policy-system',
        service('pod-policy'),
        endpoints('pod-policy', [String(node), String(node)]),
      );
    },
  },
  {
    name: 'budget-never-allows',
    description: 'A PodDisruptionBudget wants as many pods as its workload has (pdb.never-allows)',
    parameters: [],
    plant: (model) =>
      inNamespace(
        model,
        'payments',
        deployment('ledger', 2),
        budget('ledger', 'ledger', { minAvailable: 2 }),
      ),
  },
  {
    name: 'budgets-overlap',
    description: 'Two PodDisruptionBudgets select the same pods (pdb.several-per-pod)',
    parameters: [],
    plant: (model) =>
      inNamespace(
        model,
        'search',
        deployment('index', 3),
        budget('index', 'index', { maxUnavailable: 1 }),
        budget('index-old', 'index', { minAvailable: 1 }),
      ),
  },
  {
    name: 'local-volume',
    description: 'Pods are bound to a node by a volume that is there (drain.local-volumes)',
    parameters: [oneNode],
    plant: (model, { node }) => {
      const claim = 'archive-data';
      model.store.create({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'pv-archive' },
        spec: {
          capacity: { storage: '100Gi' },
          accessModes: ['ReadWriteOnce'],
          local: { path: '/mnt/disks/archive' },
          claimRef: { kind: 'PersistentVolumeClaim', namespace: 'archive', name: claim },
          storageClassName: 'local',
        },
        status: { phase: 'Bound' },
      });
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: claim } }];
      const pods = deployment('archive', 2, { volumes, nodeName: String(node) });
      inNamespace(model, 'archive', pods, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: claim },
        spec: { volumeName: 'pv-archive', storageClassName: 'local' },
        status: { phase: 'Bound' },
      });
    },
  },
  {
    name: 'long-grace',
    description: 'Pods may take two hours to end (drain.grace-too-long)',
    parameters: [],
    plant: (model) =>
      inNamespace(model, 'batch', deployment('encoder', 2, { terminationGracePeriodSeconds: 7_200 })),
  },
  {
    name: 'pinned-pods',
    description: 'Pods may run on one node only, so there is no room for them elsewhere (drain.no-room)',
    parameters: [oneNode],
    plant: (model, { node }) =>
      inNamespace(
        model,
        'license',
        deployment('license-server', 2, { nodeSelector: { 'kubernetes.io/hostname': String(node) } }),
      ),
  },
  {
    name: 'network-plugin-old',
    description: "The network plugin's makers do not test it with 1.34 (addons.network-untested)",
    parameters: [],
    plant: (model) => {
      const labels = { 'k8s-app': 'calico-node' };
      inNamespace(model, 'kube-system', {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'calico-node', labels },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              hostNetwork: true,
              tolerations: [{ operator: 'Exists' }],
              containers: [{ name: 'calico-node', image: 'quay.io/calico/node:v3.29.3' }],
            },
          },
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
        },
      });
    },
  },
];
