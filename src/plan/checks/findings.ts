import type { Finding } from '../../domain/finding.ts';
import type { UpgradeIntent } from '../../domain/intent.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { bySeverity } from './check.ts';
import { applyFindingPolicy } from './finding-policy.ts';
import { checks } from './index.ts';

/** Everything that the checks find on the way of an intent, with the severities of the policy, blockers first. */
export function findingsOf(snapshot: Snapshot, intent: UpgradeIntent, policy: Policy): Finding[] {
  const found = checks.flatMap((check) => check(snapshot, intent, policy));
  return bySeverity(applyFindingPolicy(found, policy, snapshot));
}
