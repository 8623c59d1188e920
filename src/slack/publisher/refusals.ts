/** What Slack's refusal of a message calls for. */
export type Remedy =
  /** The blocks are not to its liking: simpler ones may be. */
  | 'simplify'
  /** The message (or its thread) is not there any more: a new parent takes its place. */
  | 'post-anew'
  /** Something about the channel or the app: a person has to put it right; try again slowly. */
  | 'wait';

const aboutContent: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  'invalid_attachments',
  'msg_too_long',
  'msg_blocks_too_long',
  'no_text',
  'blocks_too_long',
]);

const aboutMessage: ReadonlySet<string> = new Set([
  'message_not_found',
  'thread_not_found',
  'cant_update_message',
  'edit_window_closed',
  'cannot_reply_to_message',
]);

/** @param error Slack's name for it: `invalid_blocks`, `not_in_channel` … */
export function remedyFor(error: string): Remedy {
  if (aboutContent.has(error)) return 'simplify';
  return aboutMessage.has(error) ? 'post-anew' : 'wait';
}
