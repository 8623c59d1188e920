import { tier } from '../../limits/rate.ts';
import type { Channel } from '../../state/model.ts';
import type { WorkspaceState } from '../../state/workspace-state.ts';
import { ApiError } from '../api-error.ts';
import type { Arguments } from '../arguments.ts';
import { knownChannel } from '../channels.ts';
import type { Methods } from '../method.ts';
import { paginate } from '../paginate.ts';
import { slackChannel } from '../represent.ts';

const read = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];

export const conversationMethods: Methods = {
  'conversations.info': { token: 'bot', scopes: read, limit: tier.three, run: info },
  'conversations.members': { token: 'bot', scopes: read, limit: tier.four, run: members },
  'conversations.list': { token: 'bot', scopes: read, limit: tier.two, run: list },
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
