import { isObject } from '../limits/problem.ts';
import type { Block } from '../state/model.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { acceptBlocks } from './accept-blocks.ts';
import { ApiError, argumentError, problemsError } from './api-error.ts';
import type { Arguments } from './arguments.ts';

/** Slack: metadata of more than 16 kB is refused. */
const maxMetadataBytes = 16_384;

export interface MessageContent {
  readonly text: string;
  readonly blocks: Block[] | undefined;
  readonly metadata: Record<string, unknown> | undefined;
}

/**
 * The text, blocks and metadata of a call that writes a message.
 * @param maxText characters of `text`, beyond which Slack says msg_too_long.
 * @throws ApiError no_text, msg_too_long, invalid_blocks, msg_blocks_too_long, …
 */
export function messageContent(
  args: Arguments,
  state: Pick<WorkspaceState, 'faults'>,
  maxText: number,
): MessageContent {
  if (args.has('attachments') || args.has('markdown_text')) {
    throw argumentError('attachments and markdown_text are not supported by this workspace');
  }
  const text = args.text('text') ?? '';
  if (text.length > maxText) throw new ApiError('msg_too_long');
  const given = args.json('blocks', 'invalid_blocks_format');
  const blocks = given === undefined ? undefined : acceptedBlocks(given, state);
  if (text === '' && (blocks === undefined || blocks.length === 0)) throw new ApiError('no_text');
  return { text, blocks: blocks?.length === 0 ? undefined : blocks, metadata: metadataOf(args) };
}

/** @throws ApiError thread_not_found if the message to reply to is not there. */
export function parentOf(
  args: Arguments,
  channel: string,
  { messages }: Pick<WorkspaceState, 'messages'>,
): string | undefined {
  const ts = args.text('thread_ts');
  if (ts === undefined) return undefined;
  if (!/^\d{10}\.\d{6}$/.test(ts)) throw new ApiError('invalid_thread_ts');
  const parent = messages.find(channel, ts);
  if (parent === undefined) throw new ApiError('thread_not_found');
  return parent.threadTs ?? parent.ts;
}

function acceptedBlocks(blocks: unknown, { faults }: Pick<WorkspaceState, 'faults'>): Block[] {
  const accepted = acceptBlocks(blocks, faults.withheldBlocks);
  if (accepted.ok) return accepted.value;
  throw accepted.problems.length > 0
    ? problemsError(accepted.error, accepted.problems)
    : new ApiError(accepted.error);
}

function metadataOf(args: Arguments): Record<string, unknown> | undefined {
  const metadata = args.json('metadata', 'invalid_metadata_format');
  if (metadata === undefined) return undefined;
  if (!isObject(metadata) || typeof metadata.event_type !== 'string' || !isObject(metadata.event_payload)) {
    throw new ApiError('invalid_metadata_format');
  }
  if (Buffer.byteLength(JSON.stringify(metadata)) > maxMetadataBytes)
    throw new ApiError('metadata_too_large');
  return metadata;
}
