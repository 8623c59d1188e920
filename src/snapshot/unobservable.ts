import { type Failure, type StepFailure } from '../domain/failure.ts';
import type { Finding } from '../domain/finding.ts';
import type { ClusterName } from '../domain/names.ts';

/** There is nothing to plan on, and why. */
export interface Unobservable {
  readonly status: 'unobservable';
  readonly findings: readonly Finding[];
}

/** A failure of a port without which there is no snapshot. The finding's code is the failure's own. */
export function unobservableBy(cluster: ClusterName, failure: StepFailure): Unobservable {
  return unobservable(cluster, failure.code, failure.message, failure.facts, remedies[failure.code]);
}

const remedies: Partial<Record<Failure['code'], string>> = {
  'kubernetes.unavailable':
    'See from where the bot runs that an API server of the cluster answers; name further ones as endpoints.',
  'kubernetes.refused': 'See that the kubeconfig is good and its user has the rights of docs/rbac.yaml.',
};

/** A fact that makes a snapshot impossible. */
export function unobservable(
  cluster: ClusterName,
  code: string,
  summary: string,
  facts: Record<string, string>,
  remedy = 'See what the message says, then ask again.',
): Unobservable {
  const objects = [{ kind: 'Cluster', name: cluster }];
  return {
    status: 'unobservable',
    findings: [{ code, severity: 'blocker', objects, summary, facts, remedy }],
  };
}
