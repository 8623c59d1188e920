import type { ChannelId, UserId } from '../domain/names.ts';

/** A person in a channel: whoever asks, with the place where they ask. Both come from Slack, verified. */
export interface Asker {
  readonly user: UserId;
  readonly channel: ChannelId;
}

/** No, with the reason as a whole sentence to the person who asked, and what would help. */
export interface Denied {
  readonly status: 'denied';
  readonly reason: string;
}
