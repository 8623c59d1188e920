import { maskSecrets } from '../../domain/credentials.ts';
import { withoutInvisible } from '../text/untrusted.ts';

/**
 * Text from outside on its way into a Markdown file, on one line: nothing in it becomes markup. Code spans that the
 * program made itself stay, as long as they are balanced.
 */
export function prose(text: string): string {
  const line = maskSecrets(withoutInvisible(text)).replace(/\s+/g, ' ').trim();
  const balanced = (line.split('`').length - 1) % 2 === 0;
  return line
    .split(/(`[^`]*`)/)
    .map((piece, index) =>
      balanced && index % 2 === 1 ? piece : piece.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&'),
    )
    .join('');
}

/** A code span around whatever it is. */
export function span(text: string): string {
  const line = maskSecrets(withoutInvisible(text)).replace(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 ? ' ' : '';
  return line === '' ? '' : `${fence}${pad}${line}${pad}${fence}`;
}

/** Lines of a machine in a fenced block that they cannot end. */
export function fenced(lines: readonly string[], language = ''): string {
  const text = lines.map((line) => maskSecrets(withoutInvisible(line))).join('\n');
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
