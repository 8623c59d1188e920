import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ClusterModel } from '../model/cluster.ts';
import { findResource, type Resource } from '../model/resources.ts';
import { versionInfo } from '../model/versions.ts';
import { aggregated, apiGroupList, apiVersions, groupOf, resourceList } from './discovery.ts';
import { badRequest, methodNotAllowed, pathNotFound } from './errors.ts';
import { evict } from './eviction.ts';
import { health, metrics } from './observability.ts';
import { openapiDocument, openapiIndex } from './openapi.ts';
import { get, list } from './read.ts';
import { remove, removeCollection } from './remove.ts';
import { type Answer, ok, type ResourceRequest } from './request.ts';
import { scale } from './scale.ts';
import { Watch } from './watch.ts';
import { create, patch, replace } from './write.ts';

export interface Site {
  model: ClusterModel;
  node: string;
}

/** A text answer, for probes and metrics. */
export interface TextAnswer {
  code: number;
  text: string;
}

const discoveryType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Answers one request; a Watch has taken the response over. */
export function route(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  user: string,
  body: unknown,
): Answer | TextAnswer | Watch {
  const path = url.pathname.replace(/\/+$/, '') || '/';
  const accept = request.headers.accept ?? '*/*';
  const plain = general(site, path, url, accept);
  if (plain !== undefined) return plain;
  const target = resourcePath(path);
  if (target === undefined) throw pathNotFound();
  const call: ResourceRequest = {
    model: site.model,
    node: site.node,
    user,
    method: request.method ?? 'GET',
    ...target,
    query: url.searchParams,
    contentType: (request.headers['content-type'] ?? 'application/json').replace(/;.*$/, ''),
    accept,
    body,
  };
  const watching = url.searchParams.get('watch');
  if (call.method === 'GET' && (watching === 'true' || watching === '1')) return new Watch(call, response);
  return perform(call);
}

function general(site: Site, path: string, url: URL, accept: string): Answer | TextAnswer | undefined {
  const probe = /^\/(healthz|livez|readyz)(?:\/.*)?$/.exec(path);
  if (probe !== null) return { code: 200, text: health(probe[1] as string, url.searchParams.has('verbose')) };
  if (path === '/version') return ok(versionInfo(site.model.apiVersion(site.node)));
  if (path === '/metrics') return { code: 200, text: metrics(site.model, site.node) };
  if (path === '/openapi/v3') return ok(openapiIndex());
  if (path.startsWith('/openapi/v3/')) return found(openapiDocument(path.slice('/openapi/v3/'.length)));
  if (path === '/api' || path === '/apis') {
    const root = path.slice(1) as 'api' | 'apis';
    if (accept.includes('g=apidiscovery.k8s.io;v=v2;')) {
      return { ...ok(aggregated(root)), headers: { 'Content-Type': discoveryType } };
    }
    return ok(root === 'api' ? apiVersions : apiGroupList);
  }
  if (path === '/api/v1') return found(resourceList('v1'));
  const group = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path);
  if (group === null) return undefined;
  return found(
    group[2] === undefined ? groupOf(group[1] as string) : resourceList(`${group[1]}/${group[2]}`),
  );
}

function found(body: unknown): Answer {
  if (body === undefined) throw pathNotFound();
  return ok(body);
}

type Target = Pick<ResourceRequest, 'resource' | 'namespace' | 'name' | 'subresource'>;

function resourcePath(path: string): Target | undefined {
  const prefix = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(.+)$/.exec(path);
  if (prefix === null) return undefined;
  const group = prefix[2] ?? '';
  const version = prefix[1] ?? prefix[3] ?? '';
  let parts: string[];
  try {
    parts = (prefix[4] as string).split('/').map(decodeURIComponent);
  } catch {
    throw badRequest('invalid escape in path');
  }
  let namespace = '';
  // `namespaces/NAME` alone, or with one of its own subresources, is the Namespace itself.
  if (parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '')) {
    namespace = parts[1] as string;
    parts = parts.slice(2);
  }
  const [plural = '', name, subresource] = parts;
  const resource = findResource(group, version, plural);
  if (resource === undefined || parts.length > 3) return undefined;
  if (subresource !== undefined && !resource.subresources.includes(subresource)) return undefined;
  return { resource, namespace, name, subresource };
}

function perform(call: ResourceRequest): Answer {
  const { method, subresource, name, resource } = call;
  if (name !== undefined && resource.namespaced && call.namespace === '') throw pathNotFound();
  if (subresource === 'eviction') return only(call, 'POST', evict);
  if (subresource === 'scale') return scale(call);
  if (subresource === 'log') return only(call, 'GET', () => ok(''));
  if (subresource === 'binding' || subresource === 'finalize') throw methodNotAllowed(resource.plural);
  switch (method) {
    case 'GET':
      return name === undefined ? list(call) : get(call);
    case 'POST':
      if (name !== undefined) throw methodNotAllowed(resource.plural);
      return create(call);
    case 'PUT':
      return replace(named(call));
    case 'PATCH':
      return patch(named(call));
    case 'DELETE':
      return name === undefined ? removeCollection(call) : remove(call);
    default:
      throw methodNotAllowed(resource.plural);
  }
}

function only(call: ResourceRequest, method: string, answer: (call: ResourceRequest) => Answer): Answer {
  if (call.method !== method) throw methodNotAllowed(call.resource.plural);
  return answer(call);
}

function named(call: ResourceRequest & { resource: Resource }): ResourceRequest {
  if (call.name === undefined) throw methodNotAllowed(call.resource.plural);
  return call;
}
