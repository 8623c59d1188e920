import { createHash } from 'node:crypto';

import { groupVersionOf, type Resource, resources } from '../model/resources.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const groups = [...new Set(resources.map(({ group }) => group).filter((group) => group !== ''))];

/** Storage version hash as the API server computes it: the first bytes of a SHA-256 over group, version and kind. */
const storageVersionHash = ({ group, version, kind }: Resource) =>
  createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');

/** /api */
export const apiVersions = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.77.0.11:6443' }],
};

function apiGroup(name: string) {
  const version = resources.find(({ group }) => group === name)?.version ?? 'v1';
  const groupVersion = { groupVersion: `${name}/${version}`, version };
  return { name, versions: [groupVersion], preferredVersion: groupVersion };
}

/** /apis */
export const apiGroupList = { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) };

/** /apis/GROUP; undefined for an unknown group. */
export function groupOf(name: string): unknown {
  return groups.includes(name) ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(name) } : undefined;
}

/** /api/v1 and /apis/GROUP/VERSION; undefined for an unknown one. */
export function resourceList(groupVersion: string): unknown {
  const found = resources.filter((resource) => groupVersionOf(resource) === groupVersion);
  if (found.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(groupVersion.includes('/') && { apiVersion: 'v1' }),
    groupVersion,
    resources: found.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs,
        ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
        ...(resource.categories.length > 0 && { categories: resource.categories }),
        storageVersionHash: storageVersionHash(resource),
      },
      ...resource.subresources.map((sub) => subresource(resource, sub)),
    ]),
  };
}

function subresource(resource: Resource, sub: string) {
  const base = { name: `${resource.plural}/${sub}`, singularName: '', namespaced: resource.namespaced };
  switch (sub) {
    case 'eviction':
      return { ...base, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] };
    case 'binding':
      return { ...base, kind: 'Binding', verbs: ['create'] };
    case 'scale':
      return {
        ...base,
        group: 'autoscaling',
        version: 'v1',
        kind: 'Scale',
        verbs: ['get', 'patch', 'update'],
      };
    case 'log':
      return { ...base, kind: resource.kind, verbs: ['get'] };
    default:
      return { ...base, kind: resource.kind, verbs: ['get', 'patch', 'update'] };
  }
}

/** Aggregated discovery (apidiscovery.k8s.io/v2): everything in one answer for /api or /apis. */
export function aggregated(root: 'api' | 'apis'): unknown {
  const names = root === 'api' ? [''] : groups;
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map((name) => ({
      metadata: { name, creationTimestamp: null },
      versions: [
        {
          version: resources.find(({ group }) => group === name)?.version ?? 'v1',
          resources: resources
            .filter(({ group }) => group === name)
            .map((resource) => ({
              resource: resource.plural,
              responseKind: { group: resource.group, version: resource.version, kind: resource.kind },
              scope: resource.namespaced ? 'Namespaced' : 'Cluster',
              singularResource: resource.singular,
              verbs,
              shortNames: resource.shortNames,
              categories: resource.categories,
              subresources: resource.subresources.map((sub) => {
                const { group: ownGroup, version: ownVersion } = resource;
                const found = { group: ownGroup, version: ownVersion, ...subresource(resource, sub) };
                const { group, version, kind, verbs: allowed } = found;
                return { subresource: sub, responseKind: { group, version, kind }, verbs: allowed };
              }),
            })),
          freshness: 'Current',
        },
      ],
    })),
  };
}
