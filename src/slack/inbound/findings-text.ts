import type { Finding } from '../../domain/finding.ts';
import { fold } from '../text/fold.ts';
import { type RunbookBase, runbookLink } from '../text/runbook.ts';
import { escapedProse } from '../text/trusted.ts';
import { code } from '../text/untrusted.ts';

const maxEntries = 8;

/**
 * Findings as a numbered list with their remedies and the way to their pages, for one person; folded, never cut silently.
 * @param runbooks where the pages can be read; without it they are named once, by their place in the repository
 */
export function findingsText(findings: readonly Finding[], runbooks: RunbookBase): string {
  const entries = findings.map((finding, index) => {
    const remedy = finding.remedy === '' ? '' : `\n    → ${escapedProse(finding.remedy, 400)}`;
    const page = runbooks === undefined ? '' : ` ${runbookLink(runbooks, finding.code)}`;
    return `${index + 1}. ${escapedProse(finding.summary, 500)} · ${code(finding.code)}${page}${remedy}`;
  });
  const list = fold(entries, {
    separator: '\n',
    maxEntries,
    maxChars: 5_500,
    rest: (hidden) => `and ${hidden} more; put these right first, then plan again`,
  });
  const [first] = findings;
  if (runbooks !== undefined || first === undefined) return list;
  const pages = findings.length === 1 ? `${first.code}.md` : '<code>.md';
  return `${list}\nWhat ${findings.length === 1 ? 'it means' : 'each means'} and how to put it right: ${code(`docs/runbooks/${pages}`)}`;
}
