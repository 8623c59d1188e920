/** Where the pages of docs/runbooks can be read, if the configuration says so: their directory's address. */
export type RunbookBase = string | undefined;

/** The page of a code as a link of mrkdwn; where nobody said where the pages are, its place in the repository. */
export function runbookLink(base: RunbookBase, code: string): string {
  const path = `docs/runbooks/${code}.md`;
  return base === undefined ? `\`${path}\`` : `<${addressOf(base, code)}|Runbook>`;
}

/** `Runbook`, to be pressed or, where nobody said where the pages are, with its place in the repository. */
export function runbookWords(base: RunbookBase, code: string): string {
  return base === undefined ? `Runbook: ${runbookLink(base, code)}` : runbookLink(base, code);
}

/** The same for a Markdown file. */
export function runbookMarkdown(base: RunbookBase, code: string): string {
  const path = `docs/runbooks/${code}.md`;
  return base === undefined ? `\`${path}\`` : `[${path}](${addressOf(base, code)})`;
}

function addressOf(base: string, code: string): string {
  // A code is letters, digits, dots and dashes; the base is a configured URL.
  return `${base.replace(/\/+$/, '').replaceAll(/[<>|\s()]/g, '')}/${code}.md`;
}
