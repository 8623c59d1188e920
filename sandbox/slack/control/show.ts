import type { Reader } from '../mrkdwn/plain.ts';
import { plainMrkdwn } from '../mrkdwn/plain.ts';
import type { Channel, Message, OpenView, User } from '../state/model.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { plainBlocks } from './plain-blocks.ts';
import type {
  ShownChannel,
  ShownConversation,
  ShownMessage,
  ShownView,
  ShownViews,
  ShownWorkspace,
} from './shown.ts';

/** How many colours the page has for people. */
const hues = 8;

/** The workspace as one user's client shows it. */
export function showWorkspace(
  user: User,
  { directory, app }: WorkspaceState,
  sockets: number,
): ShownWorkspace {
  return {
    team: { id: directory.team.id, name: directory.team.name },
    app: { id: app.id, name: app.name, home: app.home },
    people: [...directory.users.values()].map((person, index) => ({
      id: person.id,
      handle: person.handle,
      name: person.name,
      role: person.role,
      timeZone: person.timeZone,
      kind: person.kind,
      hue: index % hues,
    })),
    groups: [...directory.userGroups.values()].map(({ id, handle, members }) => ({ id, handle, members })),
    channels: directory.visibleTo(user).map(showChannel),
    commands: (app.commands ?? []).map(({ command, description, usageHint }) => ({
      command,
      description,
      usageHint,
    })),
    sockets,
  };
}

export function showConversation(channel: Channel, user: User, state: WorkspaceState): ShownConversation {
  const messages = state.messages.seenBy(user.id, channel.id);
  return {
    channel: showChannel(channel),
    messages: messages.map((message) => showMessage(message, user, state)),
  };
}

export function showViews(user: User, state: WorkspaceState): ShownViews {
  const home = state.views.home(user.id);
  return {
    modals: state.views.stack(user.id).map((view) => showView(view, user, state)),
    home: home === undefined ? undefined : showView(home, user, state),
  };
}

function showChannel({ id, name, kind, topic, shared, members }: Channel): ShownChannel {
  return { id, name, kind, topic, shared, members: [...members] };
}

function showMessage(message: Message, user: User, state: WorkspaceState): ShownMessage {
  const parent = message.threadTs === undefined;
  const thread = state.messages.thread(message);
  const replies = parent ? state.messages.repliesSeenBy(user.id, message) : [];
  return {
    channel: message.channel,
    ts: message.ts,
    threadTs: message.threadTs,
    author: message.author,
    text: message.text,
    blocks: message.blocks,
    plain: plainMessage(message, readerFor(user, state)),
    broadcast: message.broadcast,
    edited: message.edited !== undefined,
    ephemeral: message.onlyFor !== undefined,
    tombstone: message.tombstone,
    pinned: message.pinned,
    files: message.files.map((file) => ({
      id: file.id,
      name: file.name,
      title: file.title,
      size: file.length,
      mimetype: file.mimetype,
      path: `/files/${file.id}`,
    })),
    reactions: message.reactions,
    metadata: message.metadata,
    replyCount: thread.replies.length,
    replyPeople: thread.people,
    latestReply: thread.latest,
    replies: replies.map((reply) => showMessage(reply, user, state)),
    warning: warningAbout(user, state, (about) => about.kind === 'message' && about.ts === message.ts),
  };
}

function plainMessage(message: Message, reader: Reader): string {
  const body =
    message.blocks === undefined ? plainMrkdwn(message.text, reader) : plainBlocks(message.blocks, reader);
  return [body, ...message.files.map((file) => `📄 ${file.title} (${file.name})`)].filter(Boolean).join('\n');
}

function showView(view: OpenView, user: User, state: WorkspaceState): ShownView {
  const { id, type, title, submit, close, callbackId, privateMetadata, errors, blocks, values } = view;
  const body = plainBlocks(blocks, readerFor(user, state));
  return {
    id,
    type,
    title,
    submit,
    close,
    callbackId,
    privateMetadata,
    errors,
    blocks,
    values,
    plain: [title, body, ...Object.values(errors)].filter(Boolean).join('\n'),
    warning: warningAbout(user, state, (about) => about.kind === 'view' && about.view === id),
  };
}

function warningAbout(
  user: User,
  { notices }: WorkspaceState,
  about: (about: ReturnType<WorkspaceState['notices']['for']>[number]['about']) => boolean,
): string | undefined {
  return notices.for(user.id).findLast((notice) => about(notice.about))?.text;
}

/** Names and times as this user sees them. */
export function readerFor(user: User, { directory }: Pick<WorkspaceState, 'directory'>): Reader {
  return {
    timeZone: user.timeZone,
    userName: (id) => directory.users.get(id)?.handle,
    channelName: (id) => directory.channels.get(id)?.name,
    groupName: (id) => directory.userGroups.get(id)?.handle,
  };
}
