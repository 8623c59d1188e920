import type { DisruptionBudget, KubeObject, Pod } from '../model/objects.ts';
import { isReady, kubeTime } from '../model/objects.ts';
import { deletePod } from '../model/pods.ts';
import { selects } from '../model/selectors.ts';
import { ApiError, badRequest } from './errors.ts';
import { find } from './read.ts';
import { type Answer, isDryRun, ok, type ResourceRequest } from './request.ts';

interface Eviction extends KubeObject {
  deleteOptions?: {
    gracePeriodSeconds?: number;
    dryRun?: string[];
    preconditions?: { uid?: string; resourceVersion?: string };
  };
}

/** POST pods/NAME/eviction (pkg/registry/core/pod/storage/eviction.go). */
export function evict(request: ResourceRequest): Answer {
  const eviction = request.body as Eviction | undefined;
  const { model, name = '' } = request;
  if (eviction === undefined) throw badRequest('the eviction must have a body');
  if (
    eviction.metadata?.name !== undefined &&
    eviction.metadata.name !== '' &&
    eviction.metadata.name !== name
  ) {
    throw badRequest('name in URL does not match name in Eviction object: ' + eviction.metadata.name);
  }
  const pod = find<Pod>(request);
  refuseTerminating(request);
  const uid = eviction.deleteOptions?.preconditions?.uid;
  if (uid !== undefined && uid !== pod.metadata.uid) {
    throw new ApiError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on pods "${name}": the UID in the precondition (${uid}) does not match the UID in record (${pod.metadata.uid ?? ''}). The object might have been deleted and then recreated`,
      { name, kind: 'pods' },
    );
  }
  const dryRun = isDryRun(request) || eviction.deleteOptions?.dryRun?.includes('All') === true;
  if (!exempt(pod)) guard(request, pod, dryRun);
  if (!dryRun) {
    model.journal.record(pod.spec.nodeName ?? '', 'evict', `${pod.metadata.namespace ?? ''}/${name}`);
    deletePod(model.store, pod, eviction.deleteOptions?.gracePeriodSeconds);
  }
  return ok({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
}

// Nothing can be created in a namespace that is going away, an Eviction neither; kubectl tries again.
function refuseTerminating({ model, namespace, name = '' }: ResourceRequest): void {
  if (model.store.get('Namespace', '', namespace)?.metadata.deletionTimestamp === undefined) return;
  const message = `namespace ${namespace} is being terminated`;
  throw new ApiError(
    403,
    'Forbidden',
    `pods "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      name,
      kind: 'pods',
      causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }],
    },
  );
}

// canIgnorePDB: finished, waiting and already deleted pods disturb nobody.
function exempt(pod: Pod): boolean {
  const { phase } = pod.status;
  return (
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    phase === 'Pending' ||
    pod.metadata.deletionTimestamp !== undefined
  );
}

function guard({ model }: ResourceRequest, pod: Pod, dryRun: boolean): void {
  const { namespace = '', name, labels } = pod.metadata;
  if (model.faults.on('eviction-webhook-fails')) {
    throw new ApiError(
      500,
      'InternalError',
      'Internal error occurred: failed calling webhook "evictions.guard.example.com": failed to call webhook: Post "https://guard.guard-system.svc:443/validate?timeout=10s": context deadline exceeded',
      { causes: [{ message: 'failed calling webhook "evictions.guard.example.com"' }] },
    );
  }
  const budgets = model.store
    .list<DisruptionBudget>('PodDisruptionBudget', namespace)
    .filter(({ spec }) => selects(spec.selector, labels));
  if (budgets.length > 1) {
    throw new ApiError(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const [budget] = budgets;
  if (budget === undefined) return;
  const { status } = budget;
  const unready = !isReady(pod);
  if (unready && budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return;
  if (
    unready &&
    status !== undefined &&
    status.currentHealthy >= status.desiredHealthy &&
    status.desiredHealthy > 0
  )
    return;
  if (status === undefined || status.observedGeneration < (budget.metadata.generation ?? 1)) {
    throw blocked(
      `The disruption budget ${budget.metadata.name} is still being processed by the server.`,
      '10',
    );
  }
  if (status.disruptionsAllowed <= 0) {
    throw blocked(
      `The disruption budget ${budget.metadata.name} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`,
    );
  }
  if (dryRun) return;
  model.store.modify<DisruptionBudget>('PodDisruptionBudget', namespace, budget.metadata.name, (current) => ({
    ...current,
    status: {
      ...status,
      disruptionsAllowed: status.disruptionsAllowed - 1,
      disruptedPods: { ...status.disruptedPods, [name]: kubeTime(new Date()) },
    },
  }));
}

function blocked(message: string, retryAfter?: string): ApiError {
  return new ApiError(
    429,
    'TooManyRequests',
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      ...(retryAfter !== undefined && { retryAfterSeconds: Number(retryAfter) }),
      causes: [{ reason: 'DisruptionBudget', message }],
    },
    retryAfter === undefined ? {} : { 'Retry-After': retryAfter },
  );
}
