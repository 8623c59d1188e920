import { createHash } from 'node:crypto';

import { groupVersionOf, type Resource, resources } from '../model/resources.ts';

/**
 * Just enough OpenAPI v3 for kubectl: it looks whether a kind's PATCH takes `fieldValidation` (then it leaves validation
 * to the server) and `dryRun`, and needs no schemas for that.
 */
export function openapiIndex(): unknown {
  const paths = new Set(resources.map((resource) => pathOf(resource)));
  return {
    paths: Object.fromEntries(
      [...paths].map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash(path)}` }]),
    ),
  };
}

/** /openapi/v3/PATH; undefined when there is no such group version. */
export function openapiDocument(path: string): unknown {
  const found = resources.filter((resource) => pathOf(resource) === path);
  if (found.length === 0) return undefined;
  const paths: Record<string, unknown> = {};
  for (const resource of found) {
    const collection = `/${path}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.plural}`;
    const kind = { group: resource.group, kind: resource.kind, version: resource.version };
    const operation = (action: string) => ({
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': kind,
      parameters: [parameter('dryRun'), parameter('fieldManager'), parameter('fieldValidation')],
      responses: { 200: { description: 'OK' } },
    });
    paths[collection] = { post: operation('post') };
    paths[`${collection}/{name}`] = {
      get: {
        'x-kubernetes-action': 'get',
        'x-kubernetes-group-version-kind': kind,
        responses: { 200: { description: 'OK' } },
      },
      patch: operation('patch'),
      put: operation('put'),
      delete: operation('delete'),
    };
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    components: { schemas: {} },
  };
}

const parameter = (name: string) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
const pathOf = (resource: Resource) =>
  `${resource.group === '' ? 'api' : 'apis'}/${groupVersionOf(resource)}`;
const hash = (text: string) => createHash('sha256').update(text).digest('hex').toUpperCase();
