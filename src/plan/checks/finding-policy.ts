import type { Finding } from '../../domain/finding.ts';
import { type FindingRule, safetyCritical } from '../../domain/finding-policy.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { severityRank } from './check.ts';

/**
 * Findings with the severities that policy.findings gives them. A raised or lowered one says so, with the reason. What
 * may not be lowered stays as it is: something safety-critical, without an end, or past it; that is a finding of its own.
 */
export function applyFindingPolicy(
  found: readonly Finding[],
  { findings: rules }: Pick<Policy, 'findings'>,
  { cluster, takenAt }: Pick<Snapshot, 'cluster' | 'takenAt'>,
): Finding[] {
  if (rules.length === 0) return [...found];
  const today = takenAt.slice(0, 10);
  const current = rules.filter((rule) => !isOver(rule, today));
  const refused = new Map<FindingRule, string>(
    rules.filter((rule) => isOver(rule, today)).map((rule) => [rule, `it ended on ${rule.until}`]),
  );
  const adjusted = found.map((finding) => {
    const rule = current.find((each) => concerns(each, finding));
    if (!rule || rule.severity === finding.severity) return finding;
    const why = isLower(rule, finding) ? whyNotLowered(rule) : undefined;
    if (why === undefined) return adjust(finding, rule);
    refused.set(rule, why);
    return finding;
  });
  return [...adjusted, ...[...refused].map(([rule, why]) => notLowered(rule, why, cluster))];
}

/** A day holds to its end, in UTC. */
const isOver = ({ until }: FindingRule, today: string): boolean => until !== undefined && until < today;

const isLower = (rule: FindingRule, finding: Finding): boolean =>
  severityRank[rule.severity] > severityRank[finding.severity];

function concerns({ code, object }: FindingRule, finding: Finding): boolean {
  if (code !== finding.code) return false;
  if (object === undefined) return true;
  const [first] = finding.objects;
  return first !== undefined && [first.name, `${first.namespace}/${first.name}`].includes(object);
}

function whyNotLowered({ code, until }: FindingRule): string | undefined {
  const why = safetyCritical[code];
  if (why !== undefined) return `that is never lowered: ${why}`;
  return until === undefined ? 'it has no day on which it ends' : undefined;
}

function adjust(finding: Finding, rule: FindingRule): Finding {
  const { severity, reason, until } = rule;
  const how = isLower(rule, finding) ? 'Lowered' : 'Raised';
  const end = until === undefined ? '' : ` until ${until}`;
  return {
    ...finding,
    severity,
    summary: `${finding.summary} (${how} from ${finding.severity}${end}: ${reason})`,
    adjusted: { from: finding.severity, reason, ...(until === undefined ? {} : { until }) },
  };
}

function notLowered(rule: FindingRule, why: string, cluster: string): Finding {
  return {
    code: 'policy.finding-not-lowered',
    severity: 'warning',
    objects: [{ kind: 'Cluster', name: cluster }],
    summary: `policy.findings does not make ${rule.code} ${rule.severity}: ${why}.`,
    facts: {
      code: rule.code,
      severity: rule.severity,
      reason: rule.reason,
      ...(rule.until ? { until: rule.until } : {}),
    },
    remedy: 'Take the entry out, or set a new day if the reason still holds.',
  };
}
