/**
 * For texts that the program composed and that quote what a person typed inside backticks of their own: keeps the
 * backticks, takes the power from everything else. Slack: & < > are the only characters that carry meaning.
 */
export function escapedKeepingCode(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
