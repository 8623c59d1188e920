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

/** /metrics, only the families that an upgrade asks for. */
export function metrics({ store, deprecatedUses, apiStartedAt }: ClusterModel, node: string): string {
  const deprecated = deprecatedUses.get(node) ?? [];
  const labels = ({ group, version, resource, subresource = '' }: DeprecatedUse) =>
    `group="${group}",resource="${resource}",subresource="${subresource}",version="${version}"`;
  const requests = deprecated.flatMap((use) =>
    Object.entries(use.requests ?? {}).map(
      ([verb, count]) =>
        `apiserver_request_total{code="200",component="apiserver",dry_run="",${labels(use)},scope="cluster",verb="${verb}"} ${count}`,
    ),
  );
  const uses = deprecated.map(
    (use) => `apiserver_requested_deprecated_apis{${labels(use)},removed_release="${use.removedRelease}"} 1`,
  );
  const objects = resources.map(
    (of) => `apiserver_storage_objects{resource="${qualifiedName(of)}"} ${store.count(of.kind)}`,
  );
  return [
    '# HELP apiserver_request_total [STABLE] Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
    '# TYPE apiserver_request_total counter',
    'apiserver_request_total{code="200",component="apiserver",dry_run="",group="",resource="nodes",subresource="",version="v1",scope="cluster",verb="LIST"} 42',
    ...requests,
    '# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.',
    '# TYPE apiserver_requested_deprecated_apis gauge',
    ...uses,
    '# HELP apiserver_storage_objects [STABLE] [DEPRECATED, consider using apiserver_resource_objects instead] Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    '# TYPE apiserver_storage_objects gauge',
    ...objects.sort(),
    '# HELP process_start_time_seconds [STABLE] Start time of the process since unix epoch in seconds.',
    '# TYPE process_start_time_seconds gauge',
    `process_start_time_seconds ${(apiStartedAt.get(node) ?? 0) / 1000}`,
    '',
  ].join('\n');
}
