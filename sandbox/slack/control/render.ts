import type { User } from '../state/model.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { showConversation } from './show.ts';
import type { ShownConversation, ShownMessage } from './shown.ts';

/** A channel with its threads as plain text, the way a person would read it from top to bottom. */
export function renderConversation(
  conversation: ShownConversation,
  viewer: Pick<User, 'timeZone'>,
  nameOf: (id: string) => string,
): string {
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone: viewer.timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const lines = (message: ShownMessage, indent: string): string[] => {
    const signs = [
      message.edited ? '(edited)' : '',
      message.broadcast ? '(also sent to the channel)' : '',
      message.ephemeral ? '(only visible to you)' : '',
    ].filter(Boolean);
    const at = time.format(Number(message.ts) * 1000);
    const head = [at, nameOf(message.author), ...signs].join('  ');
    return [
      indent + head,
      ...message.plain.split('\n').map((line) => `${indent}  ${line}`),
      ...(message.warning === undefined ? [] : [`${indent}  ⚠️ ${message.warning}`]),
    ];
  };
  const body = conversation.messages
    // A broadcast reply is shown in its thread, which is where its story is.
    .filter((message) => message.threadTs === undefined || message.ephemeral)
    .flatMap((message) => [
      ...lines(message, ''),
      ...message.replies.flatMap((reply) => lines(reply, '  │ ')),
      '',
    ]);
  return [`#${conversation.channel.name}`, '', ...body].join('\n');
}

/** The same for those who hold the state. */
export function renderChannel(channelId: string, viewer: User, state: WorkspaceState): string {
  const channel = state.directory.channels.get(channelId);
  if (channel === undefined) return '';
  return renderConversation(
    showConversation(channel, viewer, state),
    viewer,
    (id) => state.directory.users.get(id)?.handle ?? id,
  );
}
