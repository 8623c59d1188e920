import type { ChannelId, Instant, UserId } from '../domain/names.ts';

/** A look at a cluster that somebody asked for and whose answer is still to come. */
export interface OpenLook {
  readonly id: string;
  /** What is looked at, in words: `prod-eu`, `what run k7f3ab changed`. */
  readonly what: string;
  readonly channel: ChannelId;
  readonly user: UserId;
  /** The line to ask anew with: `/k8s-upgrade doctor prod-eu`. */
  readonly again: string;
  readonly since: Instant;
  /** The message in the channel that says how far it is, where there is one. */
  readonly ts?: string;
}

/** Remembers looks under way, so that one that died with its process does not go on saying that it looks. */
export interface LookStore {
  beginLook(look: OpenLook): Promise<void>;
  /** The look has a message of its own now. */
  lookShownAt(id: string, ts: string): Promise<void>;
  /** It was answered; one that is not there changes nothing. */
  endLook(id: string): Promise<void>;
  /** Oldest first. */
  openLooks(): Promise<OpenLook[]>;
}
