import type { Channel } from '../state/model.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { ApiError } from './api-error.ts';

type Known = Pick<WorkspaceState, 'directory'>;

/** A channel that the bot may know of: private ones only from inside. By id only, as most methods want it. */
export function knownChannel(id: string | undefined, { directory }: Known): Channel {
  const channel = id === undefined ? undefined : directory.channels.get(id);
  const hidden = channel !== undefined && channel.kind !== 'public' && !channel.members.has(directory.bot.id);
  if (channel === undefined || hidden) throw new ApiError('channel_not_found');
  return channel;
}

export function memberChannel(id: string | undefined, { directory }: Known): Channel {
  const channel = knownChannel(id, { directory });
  if (!channel.members.has(directory.bot.id)) throw new ApiError('not_in_channel');
  return channel;
}

/** Where a message may be posted: a channel by id or name, or a user's direct messages by the user's id. */
export function postableChannel(reference: string | undefined, { directory }: Known): Channel {
  if (reference === undefined) throw new ApiError('channel_not_found');
  const user = directory.users.get(reference);
  if (user !== undefined) {
    if (user.kind === 'bot' || user.kind === 'deactivated') throw new ApiError('channel_not_found');
    return directory.directMessage(user);
  }
  const channel = memberChannel(directory.findChannel(reference)?.id, { directory });
  if (channel.archived) throw new ApiError('is_archived');
  return channel;
}
