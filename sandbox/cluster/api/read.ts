import type { KubeObject } from '../model/objects.ts';
import { groupVersionOf } from '../model/resources.ts';
import {
  type FieldRequirement,
  matchesFields,
  parseFieldSelector,
  parseLabelSelector,
  selects,
} from '../model/selectors.ts';
import { keyOf } from '../model/store.ts';
import { badRequest, expiredContinue, notFound } from './errors.ts';
import { type Answer, ok, type ResourceRequest } from './request.ts';
import { asTable, wantsTable } from './table.ts';

export function get(request: ResourceRequest): Answer {
  const object = find(request);
  return ok(wantsTable(request) ? asTable(request, [object], {}) : object);
}

/** The object a request names; throws NotFound. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what the kind is
export function find<T extends KubeObject>(request: ResourceRequest): T {
  const { model, resource, namespace, name = '' } = request;
  const object = model.store.get<T>(resource.kind, namespace, name);
  if (object === undefined) throw notFound(resource, name);
  return object;
}

/** A filter from the request's namespace and selectors. */
export function filterOf({ query, namespace, name }: ResourceRequest): (object: KubeObject) => boolean {
  const labels = query.get('labelSelector');
  const fields = query.get('fieldSelector');
  let selector: ReturnType<typeof parseLabelSelector> | undefined;
  let requirements: FieldRequirement[] = [];
  try {
    if (labels !== null && labels !== '') selector = parseLabelSelector(labels);
    if (fields !== null && fields !== '') requirements = parseFieldSelector(fields);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
  return (object) =>
    (namespace === '' || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    (selector === undefined || selects(selector, object.metadata.labels)) &&
    (requirements.length === 0 || matchesFields(object, requirements));
}

interface ContinueToken {
  revision: number;
  after: string;
}

/** A list with paging: `limit` items and a continue token; a page starts after the last key of the one before. */
export function list(request: ResourceRequest): Answer {
  const { model, resource, query, namespace } = request;
  const { store } = model;
  const matches = filterOf(request);
  const limit = Number(query.get('limit') ?? 0);
  const token = readToken(query.get('continue'), store.since.bind(store));
  const items: KubeObject[] = [];
  let last: string | undefined;
  let more = false;
  const narrowed = candidates(request);
  const keys = narrowed ?? store.sortedKeys(resource.kind);
  const start = token === undefined ? firstIn(keys, namespace) : firstAfter(keys, token.after);
  let index = start;
  for (; index < keys.length; index++) {
    const key = keys[index] as string;
    if (namespace !== '' && !key.startsWith(`${namespace}/`)) break;
    const object = store.byKey(resource.kind, key);
    if (object === undefined || !matches(object)) continue;
    if (limit > 0 && items.length >= limit) {
      more = true;
      break;
    }
    items.push(object);
    last = key;
  }
  const unselective =
    query.get('labelSelector') === null && query.get('fieldSelector') === null && namespace === '';
  const revision = token?.revision ?? store.revision;
  const metadata = {
    resourceVersion: String(revision),
    ...(more && last !== undefined && { continue: writeToken({ revision, after: last }) }),
    ...(more && unselective && { remainingItemCount: keys.length - index }),
  };
  if (wantsTable(request)) return ok(asTable(request, items, metadata));
  return ok({
    kind: `${resource.kind}List`,
    apiVersion: groupVersionOf(resource),
    metadata,
    // Items of a list carry no kind and apiVersion of their own.
    items: items.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest),
  });
}

/** Keys from an index where the field selector allows it: pods of a node, one object by name. */
function candidates({ model, resource, query, namespace }: ResourceRequest): string[] | undefined {
  const fields = query.get('fieldSelector');
  if (fields === null) return undefined;
  const requirements = parseFieldSelector(fields);
  const node = requirements.find(
    ({ path, negated, value }) => path === 'spec.nodeName' && !negated && value !== '',
  );
  if (resource.kind === 'Pod' && node !== undefined) {
    return model.store
      .podsOn(node.value)
      .map(({ metadata }) => keyOf(metadata.namespace, metadata.name))
      .sort();
  }
  const named = requirements.find(({ path, negated }) => path === 'metadata.name' && !negated);
  return named === undefined || (resource.namespaced && namespace === '')
    ? undefined
    : [keyOf(namespace, named.value)];
}

function firstIn(keys: readonly string[], namespace: string): number {
  return namespace === '' ? 0 : lowerBound(keys, `${namespace}/`);
}

function firstAfter(keys: readonly string[], after: string): number {
  const at = lowerBound(keys, after);
  return keys[at] === after ? at + 1 : at;
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

const writeToken = (token: ContinueToken) => Buffer.from(JSON.stringify(token)).toString('base64url');

function readToken(text: string | null, since: (revision: number) => unknown): ContinueToken | undefined {
  if (text === null || text === '') return undefined;
  let token: ContinueToken;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString()) as ContinueToken;
  } catch {
    throw badRequest('continue key is not valid');
  }
  if (since(token.revision) === undefined) throw expiredContinue();
  return token;
}
