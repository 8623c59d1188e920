import type { Finding } from '../../../domain/finding.ts';
import type { Check } from '../check.ts';

/** What the checks of the configuration's own say: as grave as they are configured to be, with their own remedy. */
export const checkCustomChecks: Check = ({ customChecks = [] }, _intent, { checks }) =>
  checks.flatMap((check): Finding[] => {
    const result = customChecks.find(({ name }) => name === check.name);
    const asked: Record<string, string> =
      'command' in check ? { command: check.command.join(' ') } : { promql: check.promql };
    const objects = [{ kind: 'Check', name: check.name }];
    if (result === undefined || result.outcome === 'fine') return [];
    if (result.outcome === 'unknown') {
      return [
        {
          code: 'custom.check-not-answered',
          severity: 'warning',
          objects,
          summary: `The check ${check.name} could not be asked: ${result.said}.`,
          facts: asked,
          remedy: 'Make it work, or take it out of policy.checks; what it would have said is not known.',
        },
      ];
    }
    return [
      {
        code: 'custom.check-failed',
        severity: check.severity,
        objects,
        summary: `The check ${check.name} fails: ${result.said}.`,
        facts: { ...asked, said: result.said },
        remedy: check.remedy,
      },
    ];
  });
