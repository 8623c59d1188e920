import { Policy } from '../../domain/policy.ts';
import type { EtcdWay } from '../../domain/rollback.ts';

/**
 * The policy of a rollback: the cluster's own, without what only makes an upgrade wait. Whoever takes a run back at three
 * in the morning has no use for a maintenance window, a freeze, a gate or a soak; drains, timeouts, batches and approvals
 * stay as they are. Losing data asks for two people.
 */
export function policyBack(policy: Policy, way: EtcdWay): Policy {
  const { workers, approvals } = policy;
  const plain = Policy.parse({});
  return {
    ...policy,
    windows: plain.windows,
    freezes: plain.freezes,
    exceptions: plain.exceptions,
    gates: plain.gates,
    // A worker that is left behind would be newer than the API servers that go back after it.
    workers: { ...workers, onFailure: 'halt', pauseSeconds: 0, soak: { ...workers.soak, enabled: false } },
    approvals: { ...approvals, needed: way === 'restore' ? Math.max(2, approvals.needed) : approvals.needed },
  };
}
