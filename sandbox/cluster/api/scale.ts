import type { WorkloadObject } from '../model/objects.ts';
import { badRequest } from './errors.ts';
import { jsonPatch, mergePatch } from './merge.ts';
import { find } from './read.ts';
import { type Answer, isDryRun, ok, type ResourceRequest } from './request.ts';

interface Scale {
  spec?: { replicas?: number };
}

/** GET, PUT and PATCH of the scale subresource. */
export function scale(request: ResourceRequest): Answer {
  const object = find<WorkloadObject>(request);
  const current = scaleOf(object);
  if (request.method === 'GET') return ok(current);
  const wanted = wantedScale(request, current);
  const replicas = wanted.spec?.replicas ?? 0;
  if (!Number.isInteger(replicas) || replicas < 0)
    throw badRequest(`spec.replicas: Invalid value: ${replicas}`);
  if (isDryRun(request)) return ok({ ...current, spec: { replicas } });
  const { kind, metadata } = object;
  const next = request.model.store.modify<WorkloadObject>(
    kind,
    metadata.namespace ?? '',
    metadata.name,
    (before) => ({
      ...before,
      spec: { ...before.spec, replicas },
    }),
  );
  request.model.journal.record(
    '',
    'patch',
    `scale ${kind} ${metadata.namespace ?? ''}/${metadata.name} ${replicas}`,
  );
  return ok(scaleOf(next ?? object));
}

function wantedScale({ method, contentType, body }: ResourceRequest, current: unknown): Scale {
  type Json = Parameters<typeof mergePatch>[1];
  if (method === 'PUT') return body as Scale;
  if (contentType === 'application/json-patch+json')
    return jsonPatch(current as Json, body) as unknown as Scale;
  return mergePatch(current as Json, body as Json) as unknown as Scale;
}

function scaleOf({ metadata, spec, status }: WorkloadObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas ?? 1 },
    status: {
      replicas: Number(status?.replicas ?? 0),
      selector: Object.entries(spec.selector.matchLabels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    },
  };
}
