/**
 * A length of time as people say it: `48 s`, `9 min`, `1 h 50 min`, `2 d 3 h`. The only formatter of durations.
 * @param seconds rounded; a negative one (a clock was set back) counts as under 1 s
 */
export function duration(seconds: number): string {
  if (seconds < 1) return 'under 1 s';
  const whole = Math.round(seconds);
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** Seconds between two moments, as ISO strings or milliseconds. */
export function secondsBetween(from: string | number, to: string | number): number {
  return (millis(to) - millis(from)) / 1_000;
}

function millis(moment: string | number): number {
  return typeof moment === 'number' ? moment : Date.parse(moment);
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
