/** What stands for the entries that did not fit: it says how many, so that nothing is cut silently. */
export type Rest = (hidden: number) => string;

export const more: Rest = (hidden) => `and ${hidden} more`;

/**
 * As many entries as fit, then the rest as a number.
 * @param maxChars of the whole joined text, the rest's own words included
 */
export function fold(
  entries: readonly string[],
  limits: { separator: string; maxEntries: number; maxChars: number; rest?: Rest },
): string {
  const rest = limits.rest ?? more;
  const all = entries.join(limits.separator);
  if (entries.length <= limits.maxEntries && all.length <= limits.maxChars) return all;

  let shown = '';
  let count = 0;
  for (const entry of entries) {
    const next = count === 0 ? entry : `${shown}${limits.separator}${entry}`;
    const tail = `${limits.separator}${rest(entries.length - count - 1)}`;
    if (count === limits.maxEntries || next.length + tail.length > limits.maxChars) break;
    shown = next;
    count += 1;
  }
  const tail = rest(entries.length - count);
  return count === 0 ? tail : `${shown}${limits.separator}${tail}`;
}

/** `1 node`, `3 nodes`. */
export function count(of: number, noun: string, nouns = `${noun}s`): string {
  return `${of} ${of === 1 ? noun : nouns}`;
}

/** `a`, `a and b`, `a, b and c`; folded beyond `shown`. */
export function listed(names: readonly string[], shown = 8): string {
  if (names.length > shown + 1) return fold(names, { separator: ', ', maxEntries: shown, maxChars: 1_000 });
  const last = names.at(-1) ?? 'none';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
