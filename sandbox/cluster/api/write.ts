import { parse } from 'yaml';

import { podDefaults } from '../controllers/pod-template.ts';
import type { KubeNode, KubeObject, Pod } from '../model/objects.ts';
import { groupVersionOf } from '../model/resources.ts';
import { ApiError, alreadyExists, badRequest, conflict, invalid, notFound } from './errors.ts';
import { jsonPatch, mergePatch, strategicMerge } from './merge.ts';
import { find } from './read.ts';
import { type Answer, isDryRun, ok, type ResourceRequest } from './request.ts';

type Json = Parameters<typeof mergePatch>[1];

const dnsName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

export function create(request: ResourceRequest): Answer {
  const { model, resource, namespace } = request;
  const object = bodyObject(request);
  const named = object.metadata.name || object.metadata.generateName;
  if (named === undefined || named === '')
    throw invalid(resource, '', 'metadata.name', 'Required value: name or generateName is required');
  if (
    object.metadata.name &&
    !dnsName.test(object.metadata.name) &&
    resource.group !== 'rbac.authorization.k8s.io'
  ) {
    throw invalid(
      resource,
      object.metadata.name,
      'metadata.name',
      `Invalid value: "${object.metadata.name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
    );
  }
  checkNamespace(request, object);
  if (object.metadata.name && model.store.get(resource.kind, namespace, object.metadata.name)) {
    throw alreadyExists(resource, object.metadata.name);
  }
  const { resourceVersion: _revision, uid: _uid, ...metadata } = object.metadata;
  const prepared = defaulted({
    ...object,
    metadata: { ...metadata, ...(resource.namespaced && { namespace }) },
  });
  if (isDryRun(request)) return ok(prepared, 201);
  const created = model.store.create(prepared);
  record(request, created.metadata.name, 'create');
  return ok(created, 201);
}

function checkNamespace({ model, resource, namespace }: ResourceRequest, object: KubeObject): void {
  if (!resource.namespaced) return;
  if (object.metadata.namespace !== undefined && object.metadata.namespace !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  const found = model.store.get('Namespace', '', namespace);
  if (found === undefined)
    throw new ApiError(404, 'NotFound', `namespaces "${namespace}" not found`, {
      name: namespace,
      kind: 'namespaces',
    });
  if (found.metadata.deletionTimestamp !== undefined) {
    throw new ApiError(
      403,
      'Forbidden',
      `${resource.plural} "${object.metadata.name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      {
        name: object.metadata.name,
        kind: resource.plural,
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    );
  }
}

function defaulted(object: KubeObject): KubeObject {
  switch (object.kind) {
    case 'Pod':
      return {
        ...object,
        spec: podDefaults((object as Pod).spec),
        status: { phase: 'Pending', qosClass: 'BestEffort' },
      };
    case 'Namespace':
      return {
        ...object,
        metadata: {
          ...object.metadata,
          labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
        },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      };
    default:
      return object;
  }
}

/** PUT: replaces an object, or its status alone. */
export function replace(request: ResourceRequest): Answer {
  const current = find(request);
  const object = bodyObject(request);
  const { resourceVersion } = object.metadata;
  if (
    resourceVersion !== undefined &&
    resourceVersion !== '' &&
    resourceVersion !== current.metadata.resourceVersion
  ) {
    throw conflict(request.resource, current.metadata.name);
  }
  return store(request, current, object);
}

/** PATCH in its four content types; a server-side apply creates what is not there. */
export function patch(request: ResourceRequest): Answer {
  const { model, resource, namespace, name = '', contentType } = request;
  const applied = contentType.startsWith('application/apply-patch');
  const current = model.store.get(resource.kind, namespace, name);
  if (current === undefined) {
    if (!applied) throw notFound(resource, name);
    return create({ ...request, body: applyBody(request) });
  }
  const wanted = (request.body ?? {}) as { metadata?: { resourceVersion?: string; uid?: string } };
  const { resourceVersion, uid } = wanted.metadata ?? {};
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
    throw conflict(resource, name);
  if (uid !== undefined && uid !== current.metadata.uid) throw conflict(resource, name);
  const next = merged(request, current);
  if (next.metadata.resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, name);
  return store(request, current, next);
}

function merged(request: ResourceRequest, current: KubeObject): KubeObject {
  const target = current as unknown as Json;
  const body = request.body as Json;
  switch (request.contentType) {
    case 'application/strategic-merge-patch+json':
      return strategicMerge(target, body) as unknown as KubeObject;
    case 'application/merge-patch+json':
      return mergePatch(target, body) as unknown as KubeObject;
    case 'application/apply-patch+yaml':
    case 'application/apply-patch+cbor':
      return strategicMerge(target, applyBody(request) as Json) as unknown as KubeObject;
    case 'application/json-patch+json':
      try {
        return jsonPatch(target, body) as unknown as KubeObject;
      } catch (error) {
        throw new ApiError(
          422,
          'Invalid',
          `the server rejected our request due to an error in our request: ${(error as Error).message}`,
        );
      }
    default:
      throw new ApiError(
        415,
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml`,
      );
  }
}

function applyBody({ body }: ResourceRequest): unknown {
  return typeof body === 'string' ? parse(body) : body;
}

// What a client may change: never the identity, and status only through its subresource where there is one.
function store(request: ResourceRequest, current: KubeObject, wanted: KubeObject): Answer {
  const { model, resource, namespace, subresource } = request;
  const statusOnly = subresource === 'status';
  const hasStatus = resource.subresources.includes('status');
  const metadata = {
    ...wanted.metadata,
    name: current.metadata.name,
    ...(current.metadata.namespace !== undefined && { namespace: current.metadata.namespace }),
    uid: current.metadata.uid ?? '',
    creationTimestamp: current.metadata.creationTimestamp ?? '',
    resourceVersion: current.metadata.resourceVersion ?? '',
    ...(current.metadata.generation !== undefined && { generation: current.metadata.generation }),
    ...(current.metadata.deletionTimestamp !== undefined && {
      deletionTimestamp: current.metadata.deletionTimestamp,
    }),
  };
  const next = {
    ...(statusOnly
      ? { ...current, status: wanted.status }
      : { ...wanted, ...(hasStatus && { status: current.status }) }),
    apiVersion: groupVersionOf(resource),
    kind: resource.kind,
    metadata,
  } as KubeObject;
  if (JSON.stringify(next) === JSON.stringify(current)) return ok(current);
  if (isDryRun(request)) return ok(next);
  if (
    next.metadata.deletionTimestamp !== undefined &&
    (next.metadata.finalizers ?? []).length === 0 &&
    resource.kind !== 'Pod'
  ) {
    return ok(model.store.remove(resource.kind, namespace, next.metadata.name) ?? next);
  }
  const stored = model.store.modify(resource.kind, namespace, current.metadata.name, () => next) ?? next;
  record(request, current.metadata.name, 'patch', current, stored);
  return ok(stored);
}

function bodyObject({ body, resource, name }: ResourceRequest): KubeObject {
  const object = body as Partial<KubeObject> | undefined;
  if (typeof object !== 'object' || object === null || typeof object.metadata !== 'object') {
    throw badRequest(
      'the object provided is unrecognized (must be of type ' +
        resource.kind +
        "): couldn't get version/kind; json parse error",
    );
  }
  if (object.kind !== undefined && object.kind !== resource.kind) {
    throw badRequest(
      `${object.kind} in version "${object.apiVersion ?? ''}" cannot be handled as a ${resource.kind}: converting failed`,
    );
  }
  if (name !== undefined && object.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  return { ...object, apiVersion: groupVersionOf(resource), kind: resource.kind } as KubeObject;
}

// Leases and Events are noise; a cordon is told apart from other changes of a node.
function record(
  { model, resource }: ResourceRequest,
  name: string,
  verb: string,
  before?: KubeObject,
  after?: KubeObject,
): void {
  if (resource.kind === 'Event' || resource.kind === 'Lease') return;
  if (resource.kind === 'Node' && before !== undefined && after !== undefined) {
    const was = (before as KubeNode).spec.unschedulable === true;
    const is = (after as KubeNode).spec.unschedulable === true;
    if (was !== is) model.journal.record(name, is ? 'cordon' : 'uncordon', name);
    else model.journal.record(name, 'patch', `Node ${name}`);
    return;
  }
  const namespace = (after ?? before)?.metadata.namespace;
  model.journal.record(
    '',
    'patch',
    `${verb} ${resource.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
  );
}
