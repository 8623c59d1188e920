/** More than any command has; Slack sends up to several thousand characters. */
const longestText = 1_000;

const invisible = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
// oxlint-disable-next-line no-control-regex -- control characters are what it is there to find
const control = /[\u0000-\u001f\u007f-\u009f]/g;
const quotes = /["'`\u2018-\u201f\u2039\u203a\u00ab\u00bb\u300c\u300d]/;
const dashes = /[\u2010-\u2015\u2212\u2e3a\u2e3b]/g;
const entities: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

/** Slack's `<@U1|name>`, `<#C1|name>`, `<!subteam^S1|@name>`, `<http://x|label>`, each with or without a label. */
function plainMarkup(text: string): string {
  return text.replace(
    /<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g,
    (_, sign: string, target: string, label?: string) => {
      const shown = label === undefined || label === '' ? target : label;
      if (sign === '') return ` ${shown} `;
      const mark = sign === '#' ? '#' : '@';
      return ` ${mark}${shown.replace(/^@/, '')} `;
    },
  );
}

/** A phone makes `—force` of `--force`; inside a word it made a long dash of one that was a dash. */
function plainDashes(word: string): string {
  return word.replace(/^[\u2013\u2014\u2e3a\u2e3b]/, '--').replace(dashes, '-');
}

function withoutQuotes(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && quotes.test(word.charAt(start))) start += 1;
  while (end > start && quotes.test(word.charAt(end - 1))) end -= 1;
  return word.slice(start, end);
}

/**
 * The words of a command text: Slack's markup and what phones and editors make of quotes, dashes and spaces put
 * straight, compatibility forms (full-width digits) folded, invisible characters dropped.
 */
export function wordsOf(text: string): string[] {
  const plain = plainMarkup(text.slice(0, longestText))
    .replace(/&(?:lt|gt|amp);/g, (entity) => entities[entity] ?? entity)
    .replace(invisible, '')
    .replace(control, ' ');
  return plain
    .split(/\s+/)
    .map((word) => withoutQuotes(plainDashes(word).normalize('NFKC')).trim())
    .filter((word) => word !== '');
}

/** A person's word in a sentence, in backticks that it cannot close, long ones shortened visibly. */
export function quoted(word: string): string {
  const short = word.length > 40 ? `${word.slice(0, 39)}…` : word;
  return `\`${short.replaceAll('`', "'")}\``;
}
