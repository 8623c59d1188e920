import type { Severity } from '../../domain/finding.ts';
import type { Diagnosis } from '../../usecases/use-cases.ts';
import { aheadText, checkedText, countsText } from '../projection/doctor-card.ts';
import { type RunbookBase, runbookMarkdown } from '../text/runbook.ts';
import { findingMarkdown, severityTitles } from './findings.ts';

/** Everything that a look found, as a Markdown file. */
export function doctorMarkdown(diagnosis: Diagnosis, runbooks: RunbookBase): string {
  const { cluster, takenAt, entries, current, nodes } = diagnosis;
  const sections = (Object.keys(severityTitles) as Severity[]).flatMap((severity) => {
    const own = entries.filter(({ finding }) => finding.severity === severity);
    if (own.length === 0) return [];
    return [
      `## ${severityTitles[severity]} (${own.length})`,
      ...own.map(({ finding, ahead }) =>
        findingMarkdown(finding, aheadText(ahead, diagnosis), runbookMarkdown(runbooks, finding.code)),
      ),
    ];
  });
  return `${[
    `# ${cluster}: ${countsText(diagnosis)}`,
    `Looked at ${takenAt}: ${nodes} nodes on ${current}, checked ${checkedText(diagnosis)}. Nothing was changed.`,
    ...(sections.length === 0 ? ['Every check passed.'] : sections),
  ].join('\n\n')}\n`;
}
