const shownNames = 6;

/** Names for a sentence: all of a few, else the first ones and how many more there are (never cut silently). */
export function listOf(names: readonly string[], shown = shownNames): string {
  const listed = names.length <= shown + 1 ? names : names.slice(0, shown);
  const rest = names.length - listed.length;
  if (rest > 0) return `${listed.join(', ')} and ${rest} more`;
  const last = listed.at(-1) ?? 'none';
  return listed.length < 2 ? last : `${listed.slice(0, -1).join(', ')} and ${last}`;
}

/** `1 node`, `3 nodes`. */
export function count(of: number, noun: string, nouns = `${noun}s`): string {
  return `${of} ${of === 1 ? noun : nouns}`;
}

/** The form of a verb or a noun that goes with a list: `runs` for one, `run` for several. */
export function forms(of: readonly unknown[], one: string, several: string): string {
  return of.length === 1 ? one : several;
}

const byName = new Intl.Collator('en', { numeric: true });

/** Name order as people count: w-2 before w-10. Total: names that collate alike are told apart by code units. */
export function compareNames(a: string, b: string): number {
  return byName.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** An age in the unit that a tired reader can weigh: `50 minutes`, `30 hours`, `3 days`. */
export function age(ofMs: number): string {
  if (ofMs < 60_000) return 'less than a minute';
  const minutes = Math.round(ofMs / 60_000);
  if (minutes < 120) return count(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? count(hours, 'hour') : count(Math.round(hours / 24), 'day');
}

/** Bytes with one decimal in the unit that fits: `1.5 GiB`. */
export function bytes(of: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = of;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : Number(value.toFixed(1))} ${units[unit]}`;
}
