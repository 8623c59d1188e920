import type { Finding, Severity } from '../../domain/finding.ts';
import { prose, span } from './words.ts';

export const severityTitles: Readonly<Record<Severity, string>> = {
  blocker: '⛔ Blockers',
  warning: '⚠️ Warnings',
  info: 'ℹ️ Notes',
};

/** A finding in a Markdown file: the sentence, every fact that was seen, all objects, what to do, where to read on. */
export function findingMarkdown(finding: Finding, note: string | undefined, runbook: string): string {
  const { code, objects, facts, summary, remedy } = finding;
  const names = objects.map(({ kind, namespace, name }) =>
    span(namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`),
  );
  const told = Object.entries(facts).map(([name, value]) => `    - ${prose(name)}: ${span(value)}`);
  return [
    `- **${span(code)}**${note === undefined ? '' : ` (${prose(note)})`} ${prose(summary)}`,
    ...(remedy === '' ? [] : [`  - What to do: ${prose(remedy)}`]),
    ...(names.length === 0 ? [] : [`  - About: ${names.join(', ')}`]),
    ...(told.length === 0 ? [] : ['  - Seen:', ...told]),
    `  - Runbook: ${runbook}`,
  ].join('\n');
}
