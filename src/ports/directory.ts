import type { ChannelId, UserGroupId, UserId } from '../domain/names.ts';

/** A user as authorisation sees them. */
export interface SlackUser {
  readonly id: UserId;
  readonly teamId: string;
  readonly handle: string;
  readonly deleted: boolean;
  readonly isBot: boolean;
  /** Guests: is_restricted or is_ultra_restricted. */
  readonly isGuest: boolean;
  /** From another workspace, seen through a shared channel. */
  readonly isStranger: boolean;
}

export interface SlackChannel {
  readonly id: ChannelId;
  readonly name: string;
  /** is_ext_shared or is_pending_ext_shared: people of other companies read along. */
  readonly isExternallyShared: boolean;
  readonly isArchived: boolean;
  /** Who made it; not told of every channel. */
  readonly creator?: UserId | undefined;
  /** The one that every member of the workspace is in. */
  readonly isGeneral?: boolean;
  /** False where the bot itself is not in the channel and may post nothing; left out where Slack does not say. */
  readonly hasBot?: boolean | undefined;
}

/** Who is who in Slack. Throws when Slack does not answer: authorisation then denies. */
export interface Directory {
  user(id: UserId): Promise<SlackUser | undefined>;
  /** `fresh` asks Slack anew instead of a copy of at most 60 s. */
  channel(id: ChannelId, options?: { fresh: boolean }): Promise<SlackChannel | undefined>;
  /** Members of a user group; `fresh` asks Slack anew instead of a copy of at most 60 s. */
  groupMembers(id: UserGroupId, options: { fresh: boolean }): Promise<readonly UserId[]>;
  /** Whether a user reads a channel. */
  isMember(channel: ChannelId, user: UserId): Promise<boolean>;
  /** Who reads a channel of a few hundred people at most; `many` of a larger one. */
  membersOf(channel: ChannelId): Promise<ReadonlySet<string> | 'many'>;
}
