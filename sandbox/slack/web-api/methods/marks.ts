import { tier } from '../../limits/rate.ts';
import type { Message } from '../../state/model.ts';
import type { WorkspaceState } from '../../state/workspace-state.ts';
import { ApiError } from '../api-error.ts';
import type { Arguments } from '../arguments.ts';
import { memberChannel } from '../channels.ts';
import type { Methods } from '../method.ts';

export const markMethods: Methods = {
  'reactions.add': { token: 'bot', scopes: ['reactions:write'], limit: tier.three, run: addReaction },
  'pins.add': { token: 'bot', scopes: ['pins:write'], limit: tier.two, run: addPin },
};

function addReaction(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const name = args.text('name');
  if (name === undefined || !/^[a-z0-9_+'-]+$/.test(name)) throw new ApiError('invalid_name');
  const message = target(args, state);
  const bot = state.directory.bot.id;
  const reaction = message.reactions.find((candidate) => candidate.name === name);
  if (reaction?.users.includes(bot) === true) throw new ApiError('already_reacted');
  if (reaction === undefined) message.reactions.push({ name, users: [bot] });
  else reaction.users.push(bot);
  state.messages.changed(message);
  return {};
}

function addPin(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const message = target(args, state);
  if (message.pinned) throw new ApiError('already_pinned');
  message.pinned = true;
  state.messages.changed(message);
  return {};
}

function target(args: Arguments, state: WorkspaceState): Message {
  const ts = args.text('timestamp');
  if (ts === undefined) throw new ApiError('no_item_specified');
  if (!/^\d{10}\.\d{6}$/.test(ts)) throw new ApiError('bad_timestamp');
  const channel = memberChannel(args.text('channel'), state);
  const message = state.messages.find(channel.id, ts);
  if (message === undefined) throw new ApiError('message_not_found');
  return message;
}
