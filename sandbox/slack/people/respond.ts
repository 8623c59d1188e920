import { isObject } from '../limits/problem.ts';
import { maxPostText } from '../limits/size.ts';
import type { Block, Message } from '../state/model.ts';
import type { ResponseTarget } from '../state/response-urls.ts';
import type { WorkspaceState } from '../state/workspace-state.ts';
import { acceptBlocks } from '../web-api/accept-blocks.ts';

type Known = Pick<WorkspaceState, 'directory' | 'messages' | 'faults'>;

export type Responded = { readonly ok: true } | { readonly ok: false; readonly error: string };

/**
 * Applies what an app answered to a command or an action, by response_url or within the acknowledgement: a message
 * for the user alone, one for the channel, or a change of the message that was acted on.
 */
export function applyResponse(
  body: Record<string, unknown>,
  target: ResponseTarget,
  state: Known,
): Responded {
  const original = originalOf(target, state);
  if (body.delete_original === true) {
    if (original === undefined) return { ok: false, error: 'message_not_found' };
    state.messages.remove(original);
    return { ok: true };
  }
  const content = contentOf(body, state);
  if (!content.ok) return content;
  if (body.replace_original === true) {
    if (original === undefined) return { ok: false, error: 'message_not_found' };
    state.messages.edit(original, content.value);
    return { ok: true };
  }
  const threadTs = typeof body.thread_ts === 'string' ? body.thread_ts : undefined;
  state.messages.post({
    channel: target.channel,
    author: state.directory.bot.id,
    ...content.value,
    threadTs,
    onlyFor: body.response_type === 'in_channel' ? undefined : target.user,
  });
  return { ok: true };
}

function originalOf({ channel, original }: ResponseTarget, { messages }: Known): Message | undefined {
  if (original === undefined) return undefined;
  return original.ephemeral
    ? messages.findEphemeral(channel, original.ts)
    : messages.find(channel, original.ts);
}

type Content =
  | { readonly ok: true; readonly value: { text: string; blocks: Block[] | undefined } }
  | { readonly ok: false; readonly error: string };

function contentOf(body: Record<string, unknown>, { faults }: Known): Content {
  const text = typeof body.text === 'string' ? body.text : '';
  if (text.length > maxPostText) return { ok: false, error: 'msg_too_long' };
  if (body.blocks === undefined || body.blocks === null) {
    if (text === '') return { ok: false, error: 'no_text' };
    return { ok: true, value: { text, blocks: undefined } };
  }
  const accepted = acceptBlocks(body.blocks, faults.withheldBlocks);
  if (!accepted.ok) return { ok: false, error: accepted.error };
  return { ok: true, value: { text, blocks: accepted.value } };
}

/** Whether an acknowledgement carries a message at all. */
export function carriesMessage(payload: Record<string, unknown>): boolean {
  return typeof payload.text === 'string' || Array.isArray(payload.blocks) || isObject(payload.blocks);
}
