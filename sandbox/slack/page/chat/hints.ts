import type { PageState } from '../live/store.ts';

export interface Hint {
  /** What stands in the field once the hint is taken. */
  readonly text: string;
  readonly label: string;
  readonly usage: string;
  readonly detail: string;
}

const most = 8;

/** What could complete the text: commands at its start, people, groups and channels at its end. */
export function hintsFor(text: string, { workspace }: PageState): Hint[] {
  if (workspace === undefined) return [];
  if (/^\/\S*$/.test(text)) {
    return workspace.commands
      .filter(({ command }) => command.startsWith(text))
      .map(({ command, description, usageHint }) => ({
        text: `${command} `,
        label: command,
        usage: usageHint,
        detail: description,
      }));
  }
  const mention = /(^|\s)([@#])([a-z0-9._-]*)$/.exec(text);
  if (mention === null) return [];
  const [whole, , sign = '', typed = ''] = mention;
  const start = text.slice(0, text.length - whole.length) + (whole.startsWith(sign) ? '' : whole.charAt(0));
  const names =
    sign === '#'
      ? workspace.channels
          .filter(({ kind }) => kind !== 'im')
          .map(({ name, topic }) => [name, topic] as const)
      : [
          ...workspace.people
            .filter(({ kind }) => kind !== 'bot')
            .map(({ handle, role }) => [handle, role] as const),
          ...workspace.groups.map(({ handle, members }) => [handle, `${members.length} people`] as const),
        ];
  return names
    .filter(([name]) => name.startsWith(typed))
    .slice(0, most)
    .map(([name, detail]) => ({
      text: `${start}${sign}${name} `,
      label: `${sign}${name}`,
      usage: '',
      detail,
    }));
}

/** The rest of a command's usage, shown while it is being typed. */
export function usageOf(text: string, { workspace }: PageState): string | undefined {
  const command = /^(\/\S+) /.exec(text)?.[1];
  const known = workspace?.commands.find((candidate) => candidate.command === command);
  return known === undefined ? undefined : `${known.command} ${known.usageHint}`.trim();
}
