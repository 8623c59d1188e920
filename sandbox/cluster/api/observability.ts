import type { ClusterModel, DeprecatedUse } from '../model/cluster.ts';
import { qualifiedName, resources } from '../model/resources.ts';

const checks = [
  'ping',
  'log',
  'etcd',
  'etcd-readiness',
  'informer-sync',
  'poststarthook/start-apiserver-admission-initializer',
  'poststarthook/generic-apiserver-start-informers',
  'poststarthook/priority-and-fairness-config-consumer',
  'poststarthook/storage-object-count-tracker-hook',
  'poststarthook/start-apiextensions-controllers',
  'poststarthook/crd-informer-synced',
  'poststarthook/rbac/bootstrap-roles',
  'poststarthook/bootstrap-controller',
  'poststarthook/apiservice-registration-controller',
  'autoregister-completion',
  'shutdown',
];

/** /healthz, /livez, /readyz: `ok`, or the list of checks when asked to be verbose. */
export function health(kind: string, verbose: boolean): string {
  return verbose ? `${checks.map((check) => `[+]${check} ok\n`).join('')}${kind} check passed\n` : 'ok';
}

/** /metrics, only the two families that an upgrade asks for. */
export function metrics({ store }: ClusterModel, deprecated: readonly DeprecatedUse[]): string {
  const uses = deprecated.map(
    ({ group, version, resource, subresource = '', removedRelease }) =>
      `apiserver_requested_deprecated_apis{group="${group}",removed_release="${removedRelease}",resource="${resource}",subresource="${subresource}",version="${version}"} 1`,
  );
  const objects = resources.map(
    (of) => `apiserver_storage_objects{resource="${qualifiedName(of)}"} ${store.count(of.kind)}`,
  );
  return [
    '# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.',
    '# TYPE apiserver_requested_deprecated_apis gauge',
    ...uses,
    '# HELP apiserver_storage_objects [STABLE] [DEPRECATED, consider using apiserver_resource_objects instead] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    '# TYPE apiserver_storage_objects gauge',
    ...objects.sort(),
    '',
  ].join('\n');
}
