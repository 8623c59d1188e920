import type { KnownBlock, View } from '@slack/types';
import type { ChannelId, Instant, UserId } from '../domain/names.ts';

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

/** What became of looking for a message. */
export type FindOutcome =
  | { readonly status: 'found'; readonly ts: string }
  | { readonly status: 'absent' }
  | Exclude<PostOutcome, { status: 'posted' }>;

/** How putting a file into a thread ended. `unavailable` with `sent: 'unknown'`: it may be there. */
export type UploadOutcome = { readonly status: 'uploaded' } | Exclude<PostOutcome, { status: 'posted' }>;

/** Slack, as somewhere to write. Calls have a timeout; none is tried again by itself. */
export interface Messenger {
  /** @param mark nobody sees it; the message can be found by it */
  post(
    channel: ChannelId,
    message: Message,
    thread?: { ts: string; broadcast: boolean },
    mark?: string,
  ): Promise<PostOutcome>;
  /**
   * Looks for a message that was posted with a mark around a moment. `refused` with `missing_scope` where the app was not
   * given the scopes for it, which it can do without.
   */
  find(channel: ChannelId, mark: string, around: Instant, threadTs?: string): Promise<FindOutcome>;
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
