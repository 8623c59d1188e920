import type { Channel, Message, OpenView, StoredFile, User } from '../state/model.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';

type Known = Pick<WorkspaceState, 'directory' | 'app' | 'messages'>;

/** A message as Slack shows it in answers and payloads. */
export function slackMessage(message: Message, { directory, app, messages }: Known): Record<string, unknown> {
  const author = directory.users.get(message.author);
  const ours = message.author === directory.bot.id;
  const thread = messages.thread(message);
  return {
    type: 'message',
    user: message.author,
    ts: message.ts,
    ...(ours ? { bot_id: directory.botId, app_id: app.id } : {}),
    text: message.text,
    team: author?.teamId ?? directory.team.id,
    ...(message.broadcast ? { subtype: 'thread_broadcast' } : {}),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(thread.replies.length > 0
      ? {
          thread_ts: message.ts,
          reply_count: thread.replies.length,
          reply_users: thread.people,
          reply_users_count: thread.people.length,
          latest_reply: thread.latest,
        }
      : {}),
    ...(message.blocks === undefined ? {} : { blocks: message.blocks }),
    ...(message.edited === undefined ? {} : { edited: { user: message.author, ts: message.edited } }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.files.length > 0 ? { files: message.files.map((file) => slackFile(file)) } : {}),
    ...(message.reactions.length > 0
      ? { reactions: message.reactions.map((r) => ({ ...r, count: r.users.length })) }
      : {}),
    ...(message.pinned ? { pinned_to: [message.channel] } : {}),
  };
}

export function slackFile(file: StoredFile): Record<string, unknown> {
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    size: file.length,
    user: file.user,
  };
}

export function slackUser(user: User): Record<string, unknown> {
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.handle,
    deleted: user.kind === 'deactivated',
    real_name: user.name,
    tz: user.timeZone,
    profile: { real_name: user.name, display_name: user.handle, team: user.teamId },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.kind === 'guest' || user.kind === 'single-channel-guest',
    is_ultra_restricted: user.kind === 'single-channel-guest',
    is_bot: user.kind === 'bot',
    is_app_user: false,
    ...(user.kind === 'stranger' ? { is_stranger: true } : {}),
  };
}

export function slackChannel(
  channel: Channel,
  { directory }: Pick<Known, 'directory'>,
): Record<string, unknown> {
  const common = { id: channel.id, created: channel.created, is_archived: channel.archived };
  if (channel.kind === 'im') {
    const user = [...channel.members].find((id) => id !== directory.bot.id);
    return { ...common, is_im: true, user, is_org_shared: false, is_user_deleted: false };
  }
  const external = channel.shared === 'external';
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: channel.kind === 'private',
    is_general: channel.name === 'general',
    is_shared: external,
    is_org_shared: false,
    is_ext_shared: external,
    is_pending_ext_shared: channel.shared === 'pending',
    pending_shared: channel.shared === 'pending' ? ['T00PARTNER'] : [],
    ...(external ? { connected_team_ids: ['T00PARTNER'] } : {}),
    context_team_id: directory.team.id,
    is_member: channel.members.has(directory.bot.id),
    topic: { value: channel.topic, creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    num_members: channel.members.size,
  };
}

function plainText(text: string): Record<string, unknown> {
  return { type: 'plain_text', text, emoji: true };
}

/** A view as Slack shows it in answers and payloads. */
export function slackView(
  view: OpenView,
  { directory, app }: Pick<Known, 'directory' | 'app'>,
): Record<string, unknown> {
  return {
    id: view.id,
    team_id: directory.team.id,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    state: { values: view.values },
    hash: view.hash,
    title: plainText(view.type === 'home' ? 'View Title' : view.title),
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    close: view.close === undefined ? null : plainText(view.close),
    submit: view.submit === undefined ? null : plainText(view.submit),
    previous_view_id: view.previousId ?? null,
    root_view_id: view.rootId,
    app_id: app.id,
    external_id: view.externalId,
    app_installed_team_id: directory.team.id,
    bot_id: directory.botId,
  };
}
