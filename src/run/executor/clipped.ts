/** Never in the middle of a character that takes two places. */
export function clipped(line: string, max: number): string {
  return line.slice(0, max).replace(/[\ud800-\udbff]$/, '');
}
