import type { Finding } from '../../domain/finding.ts';
import { fold } from '../text/fold.ts';
import { escapedProse } from '../text/trusted.ts';
import { code } from '../text/untrusted.ts';

/** Findings as a numbered list with their remedies, for one person; folded, never cut silently. */
export function findingsText(findings: readonly Finding[], maxEntries = 8): string {
  const entries = findings.map((finding, index) => {
    const remedy = finding.remedy === '' ? '' : `\n    → ${escapedProse(finding.remedy, 400)}`;
    return `${index + 1}. ${escapedProse(finding.summary, 500)} · ${code(finding.code)}${remedy}`;
  });
  return fold(entries, {
    separator: '\n',
    maxEntries,
    maxChars: 5_500,
    rest: (hidden) => `and ${hidden} more; put these right first, then plan again`,
  });
}
