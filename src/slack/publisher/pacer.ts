import type { ChannelId } from '../../domain/names.ts';

/** How fast the publisher may be. Slack: chat.update 50 a minute a workspace, chat.postMessage 1 a second a channel. */
export interface Pace {
  /** Between two edits of one message. */
  readonly editGapMs: number;
  /** The same when a person waits to see it: the state changed, or somebody pressed a button. */
  readonly urgentEditGapMs: number;
  readonly editsPerMinute: number;
  /** Edits a minute that are kept for urgent ones. */
  readonly keptForUrgent: number;
  readonly postGapMs: number;
  /** Between two edits of a message about which nothing happens, so that people see that the bot lives. */
  readonly heartbeatMs: number;
  /** Between two looks into the store for one run. */
  readonly refreshGapMs: number;
}

export const slackPace: Pace = {
  editGapMs: 3_000,
  urgentEditGapMs: 2_000,
  editsPerMinute: 45,
  keptForUrgent: 8,
  postGapMs: 1_050,
  heartbeatMs: 60_000,
  refreshGapMs: 250,
};

const minuteMs = 60_000;

/** Counts calls, so that Slack need not: every wait is in milliseconds from `now`, 0 meaning go ahead. */
export interface Pacer {
  editWaitMs(now: number, urgent: boolean): number;
  edited(now: number): void;
  postWaitMs(channel: ChannelId, now: number): number;
  posted(channel: ChannelId, now: number): void;
  /** Slack said to slow down. */
  holdEdits(until: number): void;
  holdPosts(channel: ChannelId, until: number): void;
}

export function createPacer(pace: Pace): Pacer {
  let edits: number[] = [];
  let editsHeldUntil = 0;
  const nextPost = new Map<ChannelId, number>();

  return {
    editWaitMs(now, urgent) {
      edits = edits.filter((at) => at > now - minuteMs);
      const allowed = Math.max(1, pace.editsPerMinute - (urgent ? 0 : pace.keptForUrgent));
      const oldest = edits.at(-allowed);
      const windowMs = oldest === undefined ? 0 : oldest + minuteMs - now;
      return Math.max(0, windowMs, editsHeldUntil - now);
    },
    edited(now) {
      edits.push(now);
    },
    postWaitMs(channel, now) {
      return Math.max(0, (nextPost.get(channel) ?? 0) - now);
    },
    posted(channel, now) {
      nextPost.set(channel, now + pace.postGapMs);
    },
    holdEdits(until) {
      editsHeldUntil = Math.max(editsHeldUntil, until);
    },
    holdPosts(channel, until) {
      nextPost.set(channel, Math.max(nextPost.get(channel) ?? 0, until));
    },
  };
}
