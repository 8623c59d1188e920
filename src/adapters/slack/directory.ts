import { z } from 'zod';
import { ChannelId, UserId } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Directory, SlackChannel, SlackUser } from '../../ports/directory.ts';
import type { Log } from '../../ports/log.ts';
import { cached } from './cached.ts';
import { callFailureOf } from './call-failure.ts';
import type { SlackClients } from './web-clients.ts';

/** Methods of Slack's Web API that this adapter calls; the manifest's scopes are checked against them. */
export const directoryMethods = [
  'users.info',
  'conversations.info',
  'conversations.members',
  'usergroups.users.list',
] as const;

/** Slack's own copy of who is who may be at most this old (facts that decide rights must not be stale). */
const maxAgeMs = 60_000;

/** Slack leaves a flag out where it is not set, or says null. */
const Flag = z
  .boolean()
  .nullish()
  .transform((set) => set === true);

/** An incident's channel has fewer readers; who is in a larger one tells nothing of what it is for. */
const mostOfFew = 300;

const UserAnswer = z.object({
  user: z.object({
    id: UserId,
    team_id: z.string(),
    name: z.string(),
    deleted: Flag,
    is_bot: Flag,
    is_restricted: Flag,
    is_ultra_restricted: Flag,
    is_stranger: Flag,
  }),
});

const ChannelAnswer = z.object({
  channel: z.object({
    id: ChannelId,
    name: z.string().nullish(),
    is_ext_shared: Flag,
    is_pending_ext_shared: Flag,
    pending_shared: z.array(z.unknown()).nullish(),
    is_archived: Flag,
    is_member: z.boolean().nullish(),
    creator: z.string().nullish(),
    is_general: Flag,
  }),
});

const GroupAnswer = z.object({ users: z.array(UserId) });

const MembersAnswer = z.object({
  members: z.array(z.string()),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/** Slack did not say who somebody is: whoever asks must deny. */
class DirectoryUnavailable extends Error {
  constructor(what: string, reason: string) {
    super(`Slack did not answer about ${what}: ${reason}`);
    this.name = 'DirectoryUnavailable';
  }
}

/**
 * Slack as a Directory. Answers are kept for at most a minute; an answer that cannot be had, or does not look as
 * Slack's do, is thrown and not kept. Not found is `undefined`.
 */
export function createDirectory({
  clients,
  clock,
  log,
}: {
  clients: SlackClients;
  clock: Pick<Clock, 'now'>;
  log: Log;
}): Directory {
  const { lookup } = clients;
  const cache = { clock, maxAgeMs, maxEntries: 5_000 };

  async function ask<T>(
    what: string,
    call: () => Promise<unknown>,
    schema: z.ZodType<T>,
    absent: readonly string[] = [],
  ): Promise<T | undefined> {
    let answer: unknown;
    try {
      answer = await call();
    } catch (thrown) {
      const failure = callFailureOf(thrown);
      if (failure.status === 'refused' && absent.includes(failure.error)) return undefined;
      const reason = failure.status === 'refused' ? failure.error : failure.status;
      // Whoever asks only tells people that it went wrong: a missing scope or group is found here.
      log.warn({ what, reason }, 'slack does not say who is who');
      throw new DirectoryUnavailable(what, reason);
    }
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    const fields = parsed.error.issues.map(({ path }) => path.join('.'));
    log.warn({ what, fields }, 'slack says who is who in another shape');
    throw new DirectoryUnavailable(what, 'an answer of another shape');
  }

  const users = cached(cache, async (id: UserId): Promise<SlackUser | undefined> => {
    const answer = await ask('a user', () => lookup.users.info({ user: id }), UserAnswer, [
      'user_not_found',
      'user_not_visible',
    ]);
    return answer && toUser(answer.user);
  });

  const channels = cached(cache, async (id: ChannelId): Promise<SlackChannel | undefined> => {
    const answer = await ask('a channel', () => lookup.conversations.info({ channel: id }), ChannelAnswer, [
      'channel_not_found',
      // A group conversation: reading about those is not among the scopes.
      'missing_scope',
    ]);
    return answer && toChannel(answer.channel);
  });

  const groups = cached(cache, async (id: string): Promise<readonly UserId[]> => {
    const list = () => lookup.usergroups.users.list({ usergroup: id });
    const answer = await ask('a user group', list, GroupAnswer);
    return answer?.users ?? [];
  });

  /** @param pages of at most 1,000 at a time; Slack may give fewer although there are more */
  async function membersOn(id: ChannelId, pages: number, most: number): Promise<Set<string> | 'many'> {
    const found = new Set<string>();
    let cursor = '';
    for (let page = 0; page < pages; page += 1) {
      const list = () =>
        lookup.conversations.members({
          channel: id,
          limit: Math.min(1_000, most + 1),
          ...(cursor === '' ? {} : { cursor }),
        });
      const answer = await ask('a channel’s members', list, MembersAnswer);
      for (const member of answer?.members ?? []) found.add(member);
      cursor = answer?.response_metadata?.next_cursor ?? '';
      if (found.size > most) return 'many';
      if (cursor === '') return found;
    }
    return 'many';
  }

  // A channel of 100,000 is no channel for a cluster; the bound keeps an odd cursor from asking for ever.
  const members = cached(cache, (id: ChannelId) => membersOn(id, 100, 100_000));
  const fewMembers = cached(cache, (id: ChannelId) => membersOn(id, 5, mostOfFew));

  return {
    user: (id) => users.get(id),
    channel: (id, options) => (options?.fresh === true ? channels.refresh(id) : channels.get(id)),
    groupMembers: (id, { fresh }) => (fresh ? groups.refresh(id) : groups.get(id)),
    async isMember(channel, user) {
      const all = await members.get(channel);
      return all !== 'many' && all.has(user);
    },
    membersOf: (channel) => fewMembers.get(channel),
  };
}

function toUser(user: z.infer<typeof UserAnswer>['user']): SlackUser {
  return {
    id: user.id,
    teamId: user.team_id,
    handle: user.name,
    deleted: user.deleted,
    isBot: user.is_bot,
    isGuest: user.is_restricted || user.is_ultra_restricted,
    isStranger: user.is_stranger,
  };
}

function toChannel(channel: z.infer<typeof ChannelAnswer>['channel']): SlackChannel {
  return {
    id: channel.id,
    name: channel.name ?? '',
    isExternallyShared:
      channel.is_ext_shared || channel.is_pending_ext_shared || (channel.pending_shared ?? []).length > 0,
    isArchived: channel.is_archived,
    hasBot: channel.is_member ?? undefined,
    // Of channels from elsewhere it may be empty, or an id of another kind.
    creator: UserId.safeParse(channel.creator).data,
    isGeneral: channel.is_general,
  };
}
