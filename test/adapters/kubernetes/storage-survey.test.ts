import { expect, test } from 'vitest';
import { countsReader, hashOf, storedKindsOf } from '../../../src/adapters/kubernetes/survey/storage.ts';

/** As an API server of 1.34.9 shows them. */
const eventHash = 'r2yiGXH7wu8=';

const served = (group: string, version: string, name: string, kind: string, storageVersionHash: string) => ({
  group,
  version,
  name,
  kind,
  storageVersionHash,
});

test('a hash tells the version that a kind is stored in', () => {
  expect(hashOf('', 'v1', 'Event')).toBe(eventHash);
  expect(
    storedKindsOf([
      served('', 'v1', 'events', 'Event', eventHash),
      // The other group's events are the same objects.
      served('events.k8s.io', 'v1', 'events', 'Event', eventHash),
      served(
        'networking.k8s.io',
        'v1',
        'ipaddresses',
        'IPAddress',
        hashOf('networking.k8s.io', 'v1beta1', 'IPAddress'),
      ),
    ]),
  ).toEqual([
    { group: '', resource: 'events', kind: 'Event', storedAs: 'v1' },
    { group: 'events.k8s.io', resource: 'events', kind: 'Event', storedAs: 'v1' },
    { group: 'networking.k8s.io', resource: 'ipaddresses', kind: 'IPAddress', storedAs: 'v1beta1' },
  ]);
});

test('a hash that no version has leaves the stored version open; subresources are no kinds', () => {
  expect(
    storedKindsOf([
      served('apps', 'v1', 'deployments', 'Deployment', 'AAAAAAAAAAA='),
      served('apps', 'v1', 'deployments/status', 'Deployment', hashOf('apps', 'v1', 'Deployment')),
    ]),
  ).toEqual([{ group: 'apps', resource: 'deployments', kind: 'Deployment' }]);
});

test('objects are counted by resource, in the metrics of either name; what could not be counted is absent', () => {
  const reader = countsReader();
  for (const line of [
    '# TYPE apiserver_storage_objects gauge',
    'apiserver_storage_objects{resource="ipaddresses.networking.k8s.io"} 3',
    'apiserver_resource_objects{group="apps",resource="deployments"} 12',
    'apiserver_storage_objects{resource="secrets"} -1',
    'apiserver_storage_size_bytes{storage_cluster_id="etcd-0"} 9e+06',
  ]) {
    reader.line(line);
  }
  expect(reader.end()).toEqual({ ipaddresses: 3, deployments: 12 });
});
