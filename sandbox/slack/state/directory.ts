import type { Changes } from './changes.ts';
import { newId } from './ids.ts';
import type { Channel, Clock, Team, User, UserGroup } from './model.ts';

export interface DirectoryContents {
  readonly team: Team;
  readonly users: readonly User[];
  readonly channels: readonly Channel[];
  readonly userGroups: readonly UserGroup[];
  readonly bot: User;
  readonly botId: string;
  /** Slack's own voice. */
  readonly slackbot: User;
}

/** Who and what is in the workspace: people, the bot, channels and user groups. */
export class Directory {
  readonly team: Team;
  readonly bot: User;
  readonly botId: string;
  readonly slackbot: User;
  readonly users: ReadonlyMap<string, User>;
  readonly channels: Map<string, Channel>;
  readonly userGroups: ReadonlyMap<string, UserGroup>;
  readonly #clock: Clock;
  readonly #changes: Changes;

  constructor(contents: DirectoryContents, clock: Clock, changes: Changes) {
    this.team = contents.team;
    this.bot = contents.bot;
    this.botId = contents.botId;
    this.slackbot = contents.slackbot;
    this.users = new Map([...contents.users, contents.bot, contents.slackbot].map((user) => [user.id, user]));
    this.channels = new Map(contents.channels.map((channel) => [channel.id, channel]));
    this.userGroups = new Map(contents.userGroups.map((group) => [group.id, group]));
    this.#clock = clock;
    this.#changes = changes;
  }

  /** By id, by handle, or by @handle. */
  findUser(reference: string): User | undefined {
    const handle = reference.replace(/^@/, '');
    return this.users.get(reference) ?? [...this.users.values()].find((user) => user.handle === handle);
  }

  /** By id, by name, or by #name. */
  findChannel(reference: string): Channel | undefined {
    const name = reference.replace(/^#/, '');
    return (
      this.channels.get(reference) ??
      [...this.channels.values()].find((channel) => channel.kind !== 'im' && channel.name === name)
    );
  }

  /** What a user may see: the channels the user is in, and public ones unless the user is a guest or a stranger. */
  visibleTo(user: User): Channel[] {
    const open = user.kind === 'member';
    return [...this.channels.values()].filter(
      (channel) => channel.members.has(user.id) || (open && channel.kind === 'public'),
    );
  }

  /** The direct conversation between a user and the bot, made on first use as Slack does. */
  directMessage(user: User): Channel {
    const known = [...this.channels.values()].find(
      (channel) => channel.kind === 'im' && channel.members.has(user.id),
    );
    if (known !== undefined) return known;
    const channel: Channel = {
      id: newId('D'),
      name: user.handle,
      kind: 'im',
      topic: '',
      shared: 'no',
      archived: false,
      created: Math.floor(this.#clock.now() / 1000),
      members: new Set([user.id, this.bot.id]),
    };
    this.channels.set(channel.id, channel);
    this.#changes.announce({ kind: 'channels' });
    return channel;
  }

  setMember(channel: Channel, user: User, present: boolean): void {
    if (present) channel.members.add(user.id);
    else channel.members.delete(user.id);
    this.#changes.announce({ kind: 'channels' });
  }

  setGroupMembers(group: UserGroup, members: readonly User[]): void {
    group.members = members.map((user) => user.id);
    this.#changes.announce({ kind: 'channels' });
  }
}
