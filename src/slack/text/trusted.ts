import { clipped, withoutInvisible } from './untrusted.ts';

/**
 * For texts that the program composed and that quote what a person typed inside backticks of their own: keeps the
 * backticks, takes the power from everything else. Slack: & < > are the only characters that carry meaning.
 */
export function escapedKeepingCode(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * A sentence that the program composed, with code spans of its own around names from outside: the spans stay where they
 * are balanced. On one line, clipped.
 */
export function escapedProse(text: string, max: number): string {
  const whole = clipped(escapedKeepingCode(withoutInvisible(text)).replace(/\s+/g, ' ').trim(), max);
  const backticks = whole.split('`').length - 1;
  return backticks % 2 === 0 ? whole : whole.replaceAll('`', 'ˋ');
}
