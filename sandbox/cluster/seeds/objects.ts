import { gzipSync } from 'node:zlib';
import type { KubeObject, PodSpec, WorkloadObject } from '../model/objects.ts';

/** A Deployment of pods with this spec besides their one container. */
export function deployment(name: string, replicas: number, spec: Partial<PodSpec> = {}): WorkloadObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          ...spec,
          containers: [{ name: 'c', image: `docker.io/${name}/app:1`, resources: {} }],
        },
      },
    },
  };
}

export const budget = (name: string, app: string, spec: Record<string, unknown>): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name },
  spec: { ...spec, selector: { matchLabels: { app } } },
});

export const service = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: {
    type: 'ClusterIP',
    selector: { app: name },
    ports: [{ port: 443, protocol: 'TCP', targetPort: 8443 }],
  },
});

/** The EndpointSlice of a Service with one ready endpoint on each of some nodes. */
export function endpoints(of: string, nodes: readonly string[]): KubeObject {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${of}-x7k2p`, labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    endpoints: nodes.map((nodeName, index) => ({
      addresses: [`10.244.9.${index + 1}`],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName,
    })),
    ports: [{ name: '', port: 8443, protocol: 'TCP' }],
  };
  return slice;
}

/** A fail-closed webhook served by a Service of its own name in a namespace of its own. */
export function webhook(name: string, rule: Record<string, unknown>): KubeObject {
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { namespace: `${name}-system`, name, port: 443 } },
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        rules: [{ apiGroups: [''], apiVersions: ['v1'], scope: '*', ...rule }],
        sideEffects: 'None',
        timeoutSeconds: 10,
      },
    ],
  };
  return configuration;
}

/** A CustomResourceDefinition of example.com. */
export function definition(
  plural: string,
  kind: string,
  spec: Record<string, unknown>,
  storedVersions: string[],
): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      ...spec,
    },
    status: { conditions: [], storedVersions },
  };
}

/** A version of a custom resource. */
export const definitionVersion = (name: string, served: boolean, storage: boolean) => ({
  name,
  served,
  storage,
  schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
});

/** The Secret that Helm keeps a deployed release in. */
export function helmRelease(name: string, space: string, manifest: string): KubeObject {
  const release = JSON.stringify({
    name,
    namespace: space,
    version: 3,
    info: { status: 'deployed' },
    manifest,
  });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.${name}.v3`,
      labels: { name, owner: 'helm', status: 'deployed', version: '3' },
    },
    data: { release: Buffer.from(gzipSync(release).toString('base64')).toString('base64') },
  };
  return secret;
}
