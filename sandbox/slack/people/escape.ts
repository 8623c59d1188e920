import type { Directory } from '../state/directory.ts';

/** Slack's escaping of text: only these three characters. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * What a command with `should_escape: true` gets: mentions as `<@U…|name>`, `<#C…|name>`, `<!subteam^S…|@name>`
 * and links as `<https://…>`.
 */
export function escapeCommandText(text: string, directory: Directory): string {
  return escapeText(text)
    .replaceAll(/\bhttps?:\/\/[^\s|]+/g, (url) => `<${url}>`)
    .replaceAll(/(^|\s)@([a-z0-9][a-z0-9._-]*)/g, (whole, before: string, name: string) => {
      const user = directory.findUser(name);
      if (user !== undefined) return `${before}<@${user.id}|${user.handle}>`;
      const group = [...directory.userGroups.values()].find((candidate) => candidate.handle === name);
      return group === undefined ? whole : `${before}<!subteam^${group.id}|@${group.handle}>`;
    })
    .replaceAll(/(^|\s)#([a-z0-9_-]+)/g, (whole, before: string, name: string) => {
      const channel = directory.findChannel(name);
      return channel === undefined ? whole : `${before}<#${channel.id}|${channel.name}>`;
    });
}
