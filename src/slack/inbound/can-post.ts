import type { ChannelId } from '../../domain/names.ts';
import type { Inbound } from './deps.ts';

/**
 * Why the bot could not show a plan in a channel; undefined where it can. Answers to one person take the response URL where
 * the bot is not a member, but a plan is a message: it would be stored, hold the cluster, and be seen by nobody.
 */
export async function refuseUnseen(
  { directory }: Pick<Inbound, 'directory'>,
  channel: ChannelId,
): Promise<string | undefined> {
  const isOut = async (fresh: boolean) => (await directory.channel(channel, { fresh }))?.hasBot === false;
  try {
    // Asked anew before a no: the bot may have been invited a moment ago.
    if (!(await isOut(false)) || !(await isOut(true))) return undefined;
  } catch {
    return undefined;
  }
  return 'I am not in this channel, so nobody would see the plan; nothing was done. Invite me, then ask again: `/invite @k8s-upgrade-bot`';
}
