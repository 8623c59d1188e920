/** Several small reads in one command: each part of a script's output stands under a heading of its own. */
const heading = '@@ k8s-upgrade-bot: ';

/** Shell function for scripts: `section name [arguments]` starts a part of the output. */
export const sectionFunction = `section() { printf '\\n${heading}%s\\n' "$*"; }`;

export interface Section {
  readonly name: string;
  readonly arguments: readonly string[];
  /** Exactly what was printed under the heading. */
  readonly body: string;
}

/** The parts of a script's output, in order; what stands before the first heading is left out. */
export function parseSections(output: string): Section[] {
  return `\n${output}`
    .split(`\n${heading}`)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      const title = (end < 0 ? part : part.slice(0, end)).split(' ');
      return { name: title[0] ?? '', arguments: title.slice(1), body: end < 0 ? '' : part.slice(end + 1) };
    });
}

/** The first part of that name; empty where the script did not come that far. */
export function bodyOf(sections: readonly Section[], name: string): string {
  return sections.find((section) => section.name === name)?.body ?? '';
}
