/* oxlint-disable no-control-regex -- control characters are what it looks for */

/**
 * ECMA-48: control sequences (colours, cursor, erasing), operating system commands (titles, links) up to BEL or ST, other
 * strings up to ST, and escapes of two characters. Each part is bounded by what may stand in it, so a search is linear.
 */
const escapes =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~]?)|\u009b[0-?]*[ -/]*[@-~]/g;
const controls = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
const odd = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;

/**
 * One line of a terminal's output as a person would have seen it at its end: escape sequences are gone, of what wrote over
 * itself (carriage returns, backspaces: progress bars, spinners) its last state is left. Tabs stay.
 */
export function plainLine(line: string): string {
  if (!odd.test(line)) return line;
  const states = line.replace(escapes, '').split('\r');
  const last = states.findLast((state) => state.trim() !== '') ?? '';
  const shown = last.includes('\b') ? withoutBackspaces(last) : last;
  return (states.length > 1 ? shown.trimEnd() : shown).replace(controls, '');
}

function withoutBackspaces(text: string): string {
  const shown: string[] = [];
  for (const character of text) {
    if (character === '\b') shown.pop();
    else shown.push(character);
  }
  return shown.join('');
}
