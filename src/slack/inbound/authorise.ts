import type { ChannelId, UserId } from '../../domain/names.ts';
import type { Directory } from '../../ports/directory.ts';
import type { Log } from '../../ports/log.ts';

export type Authorisation =
  | { readonly status: 'allowed' }
  /** A whole sentence to the person. */
  | { readonly status: 'denied'; readonly reason: string };

export const forMembersOnly =
  'You belong to another workspace; clusters are handled by members of this one only.';

const denied = (reason: string): Authorisation => ({ status: 'denied', reason });

/**
 * Whether a person may use the bot at all, here: full members of the workspace, in a channel that nobody from outside
 * reads. Who may approve is asked later, by the use cases. Without an answer from Slack the answer is no.
 */
export async function authorise(
  { directory, teamId, log }: { directory: Pick<Directory, 'user' | 'channel'>; teamId: string; log: Log },
  asker: { user: UserId; channel?: ChannelId },
): Promise<Authorisation> {
  // Slack would need a scope more to say anything of a direct message, and no cluster is tied to one.
  if (asker.channel?.startsWith('D')) {
    return denied('Clusters are handled in their channels, not in direct messages. Ask me there.');
  }
  try {
    const [user, channel] = await Promise.all([
      directory.user(asker.user),
      asker.channel === undefined ? undefined : directory.channel(asker.channel),
    ]);
    if (user === undefined || user.deleted) return denied('You are not known in this workspace (any more).');
    // In an organisation (E…) people belong to one of its workspaces; strangers are told by the flag.
    const otherTeam = teamId.startsWith('T') && user.teamId !== teamId && !user.teamId.startsWith('E');
    if (user.isStranger || otherTeam) {
      return denied(forMembersOnly);
    }
    if (user.isBot) return denied('Bots and workflows cannot handle clusters.');
    if (user.isGuest) return denied('You are a guest here; clusters are handled by full members only.');
    if (asker.channel === undefined) return { status: 'allowed' };
    if (channel === undefined) {
      return denied('I cannot see this channel. Invite me first: `/invite @k8s-upgrade-bot`.');
    }
    if (channel.isExternallyShared) {
      return denied(
        'This channel is shared with another organisation (or about to be); clusters are not handled where outsiders read.',
      );
    }
    if (channel.isArchived) return denied('This channel is archived.');
    return { status: 'allowed' };
  } catch (error) {
    log.warn({ error, user: asker.user }, 'slack does not say who somebody is, so they are refused');
    return denied('Slack did not say who you are, so nothing was done. Please try again in a minute.');
  }
}
