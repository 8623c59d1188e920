import type { WorkspaceSettings } from '../options.ts';
import type { AppProfile } from './app.ts';
import type { DirectoryContents } from './directory.ts';
import { seededId } from './ids.ts';
import type { Channel, User } from './model.ts';

/**
 * Turns the options into people, channels and groups with stable ids (dana is U00000DANA).
 * @throws Error for a handle that no user has.
 */
export function seed(settings: WorkspaceSettings, app: AppProfile): DirectoryContents {
  const { team } = settings;
  const users = settings.users.map(
    (user): User => ({
      id: user.id ?? seededId('U', user.handle),
      handle: user.handle,
      name: user.name ?? capitalised(user.handle),
      teamId: user.kind === 'stranger' ? 'T00PARTNER' : team.id,
      timeZone: user.timeZone,
      role: user.role,
      kind: user.kind,
    }),
  );
  const bot: User = {
    id: seededId('U', 'bot'),
    handle: app.name.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '_'),
    name: app.name,
    teamId: team.id,
    timeZone: 'Etc/UTC',
    role: 'app',
    kind: 'bot',
  };
  const slackbot: User = {
    id: 'USLACKBOT',
    handle: 'slackbot',
    name: 'Slackbot',
    teamId: team.id,
    timeZone: 'Etc/UTC',
    role: 'the workspace itself',
    kind: 'bot',
  };
  const idOf = (handle: string): string => {
    const user = users.find((candidate) => candidate.handle === handle);
    if (user === undefined) throw new Error(`no user has the handle ${handle}`);
    return user.id;
  };
  const everyone = users.filter((user) => user.kind === 'member').map((user) => user.handle);
  const channels = settings.channels.map(
    (channel): Channel => ({
      id: channel.id ?? seededId(channel.private ? 'G' : 'C', channel.name),
      name: channel.name,
      kind: channel.private ? 'private' : 'public',
      topic: channel.topic,
      shared: channel.shared,
      archived: channel.archived,
      created: Math.floor(settings.clock.now() / 1000),
      members: new Set([...(channel.members ?? everyone).map(idOf), ...(channel.bot ? [bot.id] : [])]),
    }),
  );
  const userGroups = settings.userGroups.map((group) => ({
    id: group.id ?? seededId('S', group.handle),
    handle: group.handle,
    name: group.name ?? group.handle,
    disabled: group.disabled,
    members: group.members.map(idOf),
  }));
  return { team, users, channels, userGroups, bot, botId: seededId('B', 'bot'), slackbot };
}

function capitalised(handle: string): string {
  return handle.charAt(0).toUpperCase() + handle.slice(1);
}
