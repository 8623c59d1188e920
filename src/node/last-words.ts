/** Lines that say nothing about why a command failed: progress, hints, blank lines. */
const noise = [
  /^\s*$/,
  /^\(Reading database/,
  /^To see the stack trace of this error/,
  /^debconf: delaying package configuration/,
  /^Reading (package lists|state information)/,
  /^Building dependency tree/,
];

/**
 * The last lines of a command's output that mean something to a person, oldest first. Progress that overwrites itself
 * with carriage returns counts as its last state only.
 */
export function lastWords(output: string, lines = 15): string[] {
  return output
    .split('\n')
    .map((line) => line.slice(line.replace(/\r+$/, '').lastIndexOf('\r') + 1).trimEnd())
    .filter((line) => !noise.some((pattern) => pattern.test(line)))
    .slice(-lines)
    .map((line) => (line.length > 400 ? `${line.slice(0, 399)}…` : line));
}
