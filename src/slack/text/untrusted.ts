/**
 * Text that the bot did not write itself (output of commands, names of objects, words of users) on its way into mrkdwn.
 * Slack: only & < > carry meaning beyond formatting (mentions, links, dates); a backtick could end a code span early.
 */

/** Control characters, and the invisible ones that turn reading order around or hide text. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Looks like a backtick, means nothing to Slack. */
const harmlessBacktick = 'ˋ';

/** For running text in mrkdwn. Newlines stay. */
export function escaped(text: string): string {
  return withoutInvisible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('`', harmlessBacktick);
}

/** A code span in mrkdwn, on one line. */
export function code(text: string): string {
  const inside = escaped(text).replace(/\s+/g, ' ').trim();
  return inside === '' ? '' : `\`${inside}\``;
}

/** For plain_text and rich_text, where nothing has a meaning: only what cannot be seen goes. */
export function withoutInvisible(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(invisible, '');
}

/**
 * The text if it has at most `max` UTF-16 code units (Slack counts these), else its beginning with an ellipsis that
 * says so. Never splits a surrogate pair, nor an escape (`&amp;`).
 */
export function clipped(text: string, max: number): string {
  if (text.length <= max) return text;
  const room = Math.max(0, max - 1);
  let head = text.slice(0, room);
  if (/[\ud800-\udbff]$/.test(head)) head = head.slice(0, -1);
  head = head.replace(/&[a-z]{0,4}$/, '').replace(/<[^>\s]{0,80}$/, '');
  return `${head}…`;
}

/**
 * The text if it has at most `max` UTF-16 code units, else its beginning and its end with an ellipsis between: programs
 * say what they did first and why it failed last. For plain text, not for what is escaped. Splits no surrogate pair.
 */
export function clippedInside(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = clipped(text, Math.ceil(max / 3));
  const tail = text.slice(text.length - (max - head.length));
  return head + (/^[\udc00-\udfff]/.test(tail) ? tail.slice(1) : tail);
}

/** Escaped and clipped: one door for short untrusted texts. */
export function short(text: string, max = 300): string {
  return clipped(escaped(text).replace(/\s+/g, ' ').trim(), max);
}
