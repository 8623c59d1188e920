import type { KnownBlock, View } from '@slack/types';
import type { ChannelId, UserId } from '../domain/names.ts';

/** A message as Slack takes it. `text` is a whole sentence: phones and screen readers get only that. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

/** Outcomes that callers must tell apart. Messengers do not throw. */
export type PostOutcome =
  | { readonly status: 'posted'; readonly ts: string }
  | { readonly status: 'rate-limited'; readonly retryAfterMs: number }
  /** Slack did not answer. `sent: 'no'`: it was never reached, so nothing is there; else nobody knows. */
  | { readonly status: 'unavailable'; readonly sent: 'no' | 'unknown'; readonly reason: string }
  /** Slack will not take it as it is (invalid_blocks, msg_too_long, channel_not_found …). */
  | { readonly status: 'refused'; readonly error: string };

/** How putting a file into a thread ended. `unavailable` with `sent: 'unknown'`: it may be there. */
export type UploadOutcome = { readonly status: 'uploaded' } | Exclude<PostOutcome, { status: 'posted' }>;

/** Slack, as somewhere to write. Calls have a timeout; none is tried again by itself. */
export interface Messenger {
  post(
    channel: ChannelId,
    message: Message,
    thread?: { ts: string; broadcast: boolean },
  ): Promise<PostOutcome>;
  update(channel: ChannelId, ts: string, message: Message): Promise<PostOutcome>;
  postEphemeral(channel: ChannelId, user: UserId, message: Message): Promise<PostOutcome>;
  openView(triggerId: string, view: View): Promise<{ viewId: string } | { error: string }>;
  updateView(viewId: string, view: View): Promise<{ error?: string }>;
  publishHome(user: UserId, view: View): Promise<{ error?: string }>;
  /** Puts a text file into a thread. */
  uploadFile(
    channel: ChannelId,
    threadTs: string,
    file: { name: string; title: string; content: string },
  ): Promise<UploadOutcome>;
  permalink(channel: ChannelId, ts: string): Promise<string | undefined>;
}
