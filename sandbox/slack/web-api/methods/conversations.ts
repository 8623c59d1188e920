import { tier } from '../../limits/rate.ts';
import type { Channel, Message } from '../../state/model.ts';
import type { WorkspaceState } from '../../state/workspace-state.ts';
import { ApiError } from '../api-error.ts';
import type { Arguments } from '../arguments.ts';
import { knownChannel, memberChannel } from '../channels.ts';
import type { Methods } from '../method.ts';
import { paginate } from '../paginate.ts';
import { slackChannel, slackMessage } from '../represent.ts';

const read = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];
const history = ['channels:history', 'groups:history', 'im:history', 'mpim:history'];

export const conversationMethods: Methods = {
  'conversations.info': { token: 'bot', scopes: read, limit: tier.three, run: info },
  'conversations.members': { token: 'bot', scopes: read, limit: tier.four, run: members },
  'conversations.list': { token: 'bot', scopes: read, limit: tier.two, run: list },
  'conversations.history': { token: 'bot', scopes: history, limit: tier.three, run: channelHistory },
  'conversations.replies': { token: 'bot', scopes: history, limit: tier.three, run: replies },
  'conversations.open': { token: 'bot', scopes: ['im:write'], limit: tier.three, run: open },
};

const scopeOf = { public: 'channels:read', private: 'groups:read', im: 'im:read' } as const;

function info(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const channel = readable(args, state);
  return { channel: slackChannel(channel, state) };
}

function members(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const { items, ...rest } = paginate([...readable(args, state).members], args);
  return { members: items, ...rest };
}

function list(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const types = (args.text('types') ?? 'public_channel').split(',').map((type) => type.trim());
  const wanted = {
    public: types.includes('public_channel'),
    private: types.includes('private_channel'),
    im: types.includes('im'),
  };
  for (const [kind, asked] of Object.entries(wanted)) {
    if (asked) demandScope(scopeOf[kind as Channel['kind']], state);
  }
  const visible = [...state.directory.channels.values()].filter(
    (channel) =>
      wanted[channel.kind] && (channel.kind === 'public' || channel.members.has(state.directory.bot.id)),
  );
  const kept = args.flag('exclude_archived') ? visible.filter((channel) => !channel.archived) : visible;
  const { items, ...rest } = paginate(kept, args);
  return { channels: items.map((channel) => slackChannel(channel, state)), ...rest };
}

function open(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const users = args.text('users')?.split(',');
  if (users === undefined) throw new ApiError('users_list_not_supplied');
  const user = state.directory.users.get(users[0] ?? '');
  if (users.length > 1) throw new ApiError('method_not_supported_for_channel_type');
  if (user === undefined || user.kind === 'bot') throw new ApiError('user_not_found');
  if (user.kind === 'deactivated') throw new ApiError('user_disabled');
  const channel = state.directory.directMessage(user);
  return { channel: args.flag('return_im') ? slackChannel(channel, state) : { id: channel.id } };
}

/** What people see in the channel itself, newest first: no replies but those that were sent to the channel, too. */
function channelHistory(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const channel = readableHistory(args, state);
  const open = state.messages.seenBy(state.directory.bot.id, channel.id).filter(isDurable);
  return page(open.toReversed(), args, state);
}

/** A thread, its parent first. */
function replies(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const channel = readableHistory(args, state);
  const parent = state.messages.find(channel.id, args.required('ts'));
  if (parent === undefined) throw new ApiError('thread_not_found');
  return page([parent, ...state.messages.thread(parent).replies], args, state);
}

const isDurable = (message: Message) => message.onlyFor === undefined;

/** Messages between two moments, without the metadata unless it is asked for. */
function page(messages: readonly Message[], args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const oldest = Number(args.text('oldest') ?? 0);
  const latest = Number(args.text('latest') ?? Number.POSITIVE_INFINITY);
  if (Number.isNaN(oldest)) throw new ApiError('invalid_ts_oldest');
  if (Number.isNaN(latest)) throw new ApiError('invalid_ts_latest');
  const within = messages.filter(({ ts }) => Number(ts) > oldest && Number(ts) < latest);
  const { items, ...rest } = paginate(within, args);
  return {
    messages: items.map((message) => {
      const { metadata, ...shown } = slackMessage(message, state);
      return args.flag('include_all_metadata') && metadata !== undefined ? { ...shown, metadata } : shown;
    }),
    has_more: rest.response_metadata.next_cursor !== '',
    ...rest,
  };
}

/** Each kind of conversation has a scope of its own, and only a member reads it. */
function readableHistory(args: Arguments, state: WorkspaceState): Channel {
  const { id, kind } = knownChannel(args.text('channel'), state);
  demandScope(scopeOf[kind].replace(':read', ':history'), state);
  return memberChannel(id, state);
}

function readable(args: Arguments, state: WorkspaceState): Channel {
  const channel = knownChannel(args.text('channel'), state);
  demandScope(scopeOf[channel.kind], state);
  return channel;
}

/** Each kind of conversation has a scope of its own. */
function demandScope(needed: string, { app }: Pick<WorkspaceState, 'app'>): void {
  if (app.scopes === undefined || app.scopes.has(needed)) return;
  throw new ApiError('missing_scope', { needed, provided: [...app.scopes].join(',') });
}
