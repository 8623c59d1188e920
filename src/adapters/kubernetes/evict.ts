import type { EvictionOutcome } from '../../ports/kubernetes.ts';
import type { Caller } from './caller.ts';
import type { Answer } from './exchange.ts';
import { PodResource } from './objects/pod.ts';
import { readOne } from './read.ts';
import { isNotFound, refusal, statusOf } from './status.ts';

interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Asks for a pod's eviction (policy/v1) with its uid as a precondition. Answers: EvictionOutcome. */
export async function evict(
  caller: Caller,
  pod: Target,
  gracePeriodSeconds: number,
): Promise<EvictionOutcome> {
  const what = `evict pod ${pod.namespace}/${pod.name}`;
  const path = podPath(pod);
  const answer = await caller.call(
    { what, method: 'POST', path: `${path}/eviction`, body: evictionOf(pod, gracePeriodSeconds) },
    isEvictionOutcome,
  );
  if (answer.code >= 200 && answer.code <= 299) return { status: 'accepted' };
  if (isNotFound(answer)) return { status: 'gone' };
  if (isNamespaceTerminating(answer)) return { status: 'namespace-terminating' };
  if (isBudget(answer)) return blocked(answer);
  // Only the pod itself tells whether a conflict means that a namesake has taken its place.
  if (answer.code === 409 && (await readOne(caller, what, path, PodResource))?.metadata.uid !== pod.uid) {
    return { status: 'gone' };
  }
  const status = statusOf(answer);
  if (!status || answer.code === 401) throw refusal(what, answer);
  return { status: 'refused', code: answer.code, message: status.message };
}

/** Deletes a pod past its budget, with its uid as a precondition. */
export async function deletePod(
  caller: Caller,
  pod: Target,
  gracePeriodSeconds: number,
): Promise<'accepted' | 'gone'> {
  const what = `delete pod ${pod.namespace}/${pod.name}`;
  const path = podPath(pod);
  const { deleteOptions } = evictionOf(pod, gracePeriodSeconds);
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...deleteOptions };
  const answer = await caller.call({ what, method: 'DELETE', path, body });
  if (answer.code >= 200 && answer.code <= 299) return 'accepted';
  // A conflict is the precondition's: a namesake has taken its place.
  if (isNotFound(answer) || answer.code === 409) return 'gone';
  throw refusal(what, answer);
}

const podPath = ({ namespace, name }: Target) => `/api/v1/namespaces/${namespace}/pods/${name}`;

const evictionOf = ({ namespace, name, uid }: Target, gracePeriodSeconds: number) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { namespace, name },
  deleteOptions: {
    preconditions: { uid },
    ...(gracePeriodSeconds < 0 ? {} : { gracePeriodSeconds }),
  },
});

/**
 * Codes that elsewhere mean trouble and here mean something. A 500 is one of the API server's own words (a pod under two
 * budgets, an admission webhook that fails): other API servers would say the same. Trouble with etcd is a 500, too.
 */
function isEvictionOutcome(answer: Answer): boolean {
  if (isNamespaceTerminating(answer) || isBudget(answer)) return true;
  const message = statusOf(answer)?.message ?? '';
  return answer.code === 500 && /more than one PodDisruptionBudget|webhook/.test(message);
}

const isBudget = (answer: Answer): boolean =>
  answer.code === 429 &&
  (statusOf(answer)?.details.causes.some(({ reason }) => reason === 'DisruptionBudget') ?? false);

const isNamespaceTerminating = (answer: Answer): boolean =>
  answer.code === 403 &&
  (statusOf(answer)?.details.causes.some(({ reason }) => reason === 'NamespaceTerminating') ?? false);

/** The cause names the budget and its arithmetic; the message above it only says that there is one. */
function blocked(answer: Answer): EvictionOutcome {
  const status = statusOf(answer);
  const causes =
    status?.details.causes.map(({ message }) => message).filter((message) => message !== '') ?? [];
  const retryAfterSeconds = answer.retryAfterSeconds ?? status?.details.retryAfterSeconds;
  return {
    status: 'blocked',
    message: causes.join('; ') || (status?.message ?? ''),
    ...(retryAfterSeconds ? { retryAfterSeconds } : {}),
  };
}
