import { tier } from '../../limits/rate.ts';
import { maxPostText, maxUpdateText } from '../../limits/size.ts';
import type { Message } from '../../state/model.ts';
import type { WorkspaceState } from '../../state/workspace-state.ts';
import { ApiError } from '../api-error.ts';
import type { Arguments } from '../arguments.ts';
import { knownChannel, memberChannel, postableChannel } from '../channels.ts';
import { messageContent, parentOf } from '../message-content.ts';
import type { Methods } from '../method.ts';
import { slackMessage } from '../represent.ts';

const write = ['chat:write'];

export const chatMethods: Methods = {
  'chat.postMessage': { token: 'bot', scopes: write, limit: tier.posting, run: postMessage },
  'chat.postEphemeral': { token: 'bot', scopes: write, limit: tier.four, run: postEphemeral },
  'chat.update': { token: 'bot', scopes: write, limit: tier.three, run: update },
  'chat.delete': { token: 'bot', scopes: write, limit: tier.three, run: remove },
  'chat.getPermalink': { token: 'bot', scopes: [], limit: tier.special, run: getPermalink },
};

function postMessage(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const channel = postableChannel(args.text('channel'), state);
  const content = messageContent(args, state, maxPostText);
  const threadTs = parentOf(args, channel.id, state);
  const message = state.messages.post({
    channel: channel.id,
    author: state.directory.bot.id,
    ...content,
    threadTs,
    broadcast: threadTs !== undefined && args.flag('reply_broadcast'),
  });
  return { channel: channel.id, ts: message.ts, message: slackMessage(message, state) };
}

function postEphemeral(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const channel = postableChannel(args.text('channel'), state);
  const user = state.directory.users.get(args.required('user'));
  if (user === undefined || !channel.members.has(user.id)) throw new ApiError('user_not_in_channel');
  const message = state.messages.post({
    channel: channel.id,
    author: state.directory.bot.id,
    ...messageContent(args, state, maxPostText),
    threadTs: parentOf(args, channel.id, state),
    onlyFor: user.id,
  });
  return { message_ts: message.ts };
}

/** Content is replaced whole: a call with text and without blocks takes the blocks away. */
function update(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const message = ownMessage(args, state, 'cant_update_message');
  if (args.flag('reply_broadcast')) {
    if (args.has('text') || args.has('blocks')) throw new ApiError('no_dual_broadcast_content_update');
    if (message.threadTs === undefined) throw new ApiError('cant_broadcast_message');
    state.messages.edit(message, { broadcast: true });
  } else {
    const { metadata, ...content } = messageContent(args, state, maxUpdateText);
    state.messages.edit(message, { ...content, ...(metadata === undefined ? {} : { metadata }) });
  }
  return {
    channel: message.channel,
    ts: message.ts,
    text: message.text,
    message: slackMessage(message, state),
  };
}

function remove(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const message = ownMessage(args, state, 'cant_delete_message');
  state.messages.remove(message);
  return { channel: message.channel, ts: message.ts };
}

function getPermalink(
  args: Arguments,
  state: WorkspaceState,
  at: { origin: string },
): Record<string, unknown> {
  const channel = knownChannel(args.text('channel'), state);
  const ts = args.required('message_ts');
  const message = state.messages.find(channel.id, ts);
  if (message === undefined) throw new ApiError('message_not_found');
  const path = `${at.origin}/archives/${channel.id}/p${ts.replace('.', '')}`;
  const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${channel.id}`;
  return { channel: channel.id, permalink: path + thread };
}

function ownMessage(args: Arguments, state: WorkspaceState, error: string): Message {
  const channel = memberChannel(args.text('channel'), state);
  const message = state.messages.find(channel.id, args.required('ts'));
  if (message === undefined) throw new ApiError('message_not_found');
  if (message.author !== state.directory.bot.id) throw new ApiError(error);
  return message;
}
