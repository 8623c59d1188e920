import type { ClusterName } from '../../domain/names.ts';
import type { ProposeOutcome } from '../use-cases.ts';

/** The cluster does not even say what it runs. */
export function unobservable(
  cluster: ClusterName,
  problem: string,
): Extract<ProposeOutcome, { status: 'unobservable' }> {
  return {
    status: 'unobservable',
    findings: [
      {
        code: 'cluster.unobservable',
        severity: 'blocker',
        objects: [{ kind: 'Cluster', name: cluster }],
        summary: problem,
        facts: {},
        remedy:
          'Put that right, then ask again: a plan needs an API server and a control plane node that answer.',
      },
    ],
  };
}
