import { isObject } from '../../limits/problem.ts';
import { tier } from '../../limits/rate.ts';
import type { StoredFile } from '../../state/model.ts';
import type { WorkspaceState } from '../../state/workspace-state.ts';
import { ApiError, argumentError } from '../api-error.ts';
import type { Arguments } from '../arguments.ts';
import { memberChannel } from '../channels.ts';
import { parentOf } from '../message-content.ts';
import type { MethodContext, Methods } from '../method.ts';
import { slackFile } from '../represent.ts';

const write = ['files:write'];

export const fileMethods: Methods = {
  'files.getUploadURLExternal': { token: 'bot', scopes: write, limit: tier.four, run: getUploadUrl },
  'files.completeUploadExternal': { token: 'bot', scopes: write, limit: tier.four, run: completeUpload },
};

function getUploadUrl(args: Arguments, state: WorkspaceState, at: MethodContext): Record<string, unknown> {
  const length = args.integer('length') ?? 0;
  if (length <= 0) throw new ApiError('missing_argument');
  const file = state.files.reserve(args.required('filename'), length, state.directory.bot.id);
  return { upload_url: `${at.origin}/upload/v1/${file.id}`, file_id: file.id };
}

function completeUpload(args: Arguments, state: WorkspaceState): Record<string, unknown> {
  const listed = args.json('files', 'invalid_arguments');
  if (!Array.isArray(listed) || listed.length === 0) throw argumentError('missing required field: files');
  const files = listed.map((entry) => uploaded(entry, state));
  const channelId = args.text('channel_id');
  if (channelId !== undefined) {
    const channel = memberChannel(channelId, state);
    const threadTs = parentOf(args, channel.id, state);
    for (const file of files) file.shared = true;
    state.messages.post({
      channel: channel.id,
      author: state.directory.bot.id,
      text: args.text('initial_comment') ?? '',
      threadTs,
      files,
    });
  }
  return { files: files.map((file) => slackFile(file)) };
}

function uploaded(entry: unknown, { files }: Pick<WorkspaceState, 'files'>): StoredFile {
  const file = isObject(entry) && typeof entry.id === 'string' ? files.find(entry.id) : undefined;
  if (file?.content === undefined || file.shared) throw new ApiError('file_not_found');
  if (isObject(entry) && typeof entry.title === 'string') file.title = entry.title;
  return file;
}
