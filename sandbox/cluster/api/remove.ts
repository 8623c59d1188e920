import type { Pod } from '../model/objects.ts';
import { deletePod } from '../model/pods.ts';
import { groupVersionOf } from '../model/resources.ts';
import { conflict } from './errors.ts';
import { filterOf, find } from './read.ts';
import { type Answer, isDryRun, ok, type ResourceRequest } from './request.ts';

/** DELETE of one object. */
export function remove(request: ResourceRequest): Answer {
  const { model, resource, namespace } = request;
  const current = find(request);
  const options = (request.body ?? {}) as {
    gracePeriodSeconds?: number;
    preconditions?: { uid?: string };
    dryRun?: string[];
  };
  if (options.preconditions?.uid !== undefined && options.preconditions.uid !== current.metadata.uid) {
    throw conflict(resource, current.metadata.name);
  }
  if (isDryRun(request) || options.dryRun?.includes('All') === true) return ok(current);
  const asked = request.query.get('gracePeriodSeconds');
  const grace = options.gracePeriodSeconds ?? (asked === null ? undefined : Number(asked));
  if (resource.kind === 'Pod') {
    const pod = current as Pod;
    model.journal.record(pod.spec.nodeName ?? '', 'delete-pod', `${namespace}/${pod.metadata.name}`);
    return ok(deletePod(model.store, pod, grace));
  }
  if ((current.metadata.finalizers ?? []).length > 0) {
    const at = {
      deletionTimestamp: `${new Date().toISOString().slice(0, 19)}Z`,
      deletionGracePeriodSeconds: 0,
    };
    return ok(
      model.store.modify(resource.kind, namespace, current.metadata.name, (object) => ({
        ...object,
        metadata: { ...object.metadata, ...at },
      })),
    );
  }
  model.store.remove(resource.kind, namespace, current.metadata.name);
  if (resource.kind === 'Namespace') emptyNamespace(request, current.metadata.name);
  return ok({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: current.metadata.name,
      ...(resource.group !== '' && { group: resource.group }),
      kind: resource.plural,
      uid: current.metadata.uid,
    },
  });
}

export function removeCollection(request: ResourceRequest): Answer {
  const { model, resource } = request;
  const matches = filterOf(request);
  const found = model.store.list(resource.kind).filter(matches);
  for (const { metadata } of found) {
    remove({ ...request, name: metadata.name, namespace: metadata.namespace ?? '' });
  }
  return ok({
    kind: `${resource.kind}List`,
    apiVersion: groupVersionOf(resource),
    metadata: {},
    items: found,
  });
}

function emptyNamespace({ model }: ResourceRequest, name: string): void {
  for (const object of model.store.all()) {
    if (object.metadata.namespace === name) model.store.remove(object.kind, name, object.metadata.name);
  }
}
