import type { Finding, FindingObject } from '../../domain/finding.ts';
import type { UpgradeIntent } from '../../domain/intent.ts';
import type { Policy } from '../../domain/policy.ts';
import type { NodeSnapshot, Snapshot } from '../../domain/snapshot.ts';

/** Looks for one kind of trouble in a snapshot. Pure; says nothing where there is nothing to say. */
export type Check = (snapshot: Snapshot, intent: UpgradeIntent, policy: Policy) => Finding[];

/** Nodes as a finding's objects. */
export function nodeObjects(nodes: readonly Pick<NodeSnapshot, 'name'>[]): FindingObject[] {
  return nodes.map(({ name }) => ({ kind: 'Node', name }));
}

/** One finding in a list, or none: checks read as a list of cases. */
export function when(condition: boolean, finding: () => Finding): Finding[] {
  return condition ? [finding()] : [];
}

/** Blockers first. */
export const severityRank = { blocker: 0, warning: 1, info: 2 } as const;

/** Blockers, warnings, infos; within each as the checks stand in their list. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => severityRank[a.severity] - severityRank[b.severity]);
}
