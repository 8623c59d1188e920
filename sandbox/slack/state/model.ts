import type { KnownBlock } from '@slack/types';

/** Milliseconds since the epoch; given in so that tests can let 30 minutes pass. */
export interface Clock {
  now(): number;
}

/** The kinds of blocks this workspace takes; others are "unsupported type" here. */
type AcceptedType =
  | 'section'
  | 'header'
  | 'divider'
  | 'context'
  | 'actions'
  | 'rich_text'
  | 'image'
  | 'input'
  | 'markdown'
  | 'table'
  | 'task_card'
  | 'plan'
  | 'alert';

export type Block = Extract<KnownBlock, { type: AcceptedType }> & { block_id: string };

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}

export interface User {
  readonly id: string;
  /** The name after the @. */
  readonly handle: string;
  readonly name: string;
  readonly teamId: string;
  readonly timeZone: string;
  /** What the demo says about the person, e.g. "approver". */
  readonly role: string;
  readonly kind: 'member' | 'guest' | 'single-channel-guest' | 'stranger' | 'bot' | 'deactivated';
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im';
  readonly topic: string;
  readonly shared: 'no' | 'external' | 'pending';
  readonly archived: boolean;
  readonly created: number;
  readonly members: Set<string>;
}

export interface UserGroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly disabled: boolean;
  members: string[];
}

export interface Reaction {
  readonly name: string;
  readonly users: string[];
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  title: string;
  readonly length: number;
  readonly mimetype: string;
  readonly user: string;
  content: Buffer | undefined;
  shared: boolean;
}

export interface Message {
  readonly channel: string;
  readonly ts: string;
  /** The parent's ts, on replies only. */
  readonly threadTs: string | undefined;
  readonly author: string;
  text: string;
  blocks: Block[] | undefined;
  broadcast: boolean;
  edited: string | undefined;
  metadata: Record<string, unknown> | undefined;
  readonly files: StoredFile[];
  readonly reactions: Reaction[];
  pinned: boolean;
  /** A parent that was deleted while it had replies stays as a mark. */
  tombstone: boolean;
  /** The only user who sees it; such a message lives in that user's client and nowhere else. */
  readonly onlyFor: string | undefined;
}

/** What Slack itself tells a person when an app did not answer. */
export interface Notice {
  readonly user: string;
  readonly at: number;
  readonly code: string;
  readonly text: string;
  readonly about:
    | { readonly kind: 'channel'; readonly channel: string }
    | { readonly kind: 'message'; readonly channel: string; readonly ts: string }
    | { readonly kind: 'view'; readonly view: string }
    | { readonly kind: 'home' };
}

/** One value of `state.values[block_id][action_id]`, as Slack sends it. */
export type StateValue = { type: string } & Record<string, unknown>;
export type StateValues = Record<string, Record<string, StateValue>>;

export interface OpenView {
  readonly id: string;
  readonly user: string;
  readonly type: 'modal' | 'home';
  readonly rootId: string;
  readonly previousId: string | undefined;
  title: string;
  submit: string | undefined;
  close: string | undefined;
  blocks: Block[];
  privateMetadata: string;
  callbackId: string;
  externalId: string;
  clearOnClose: boolean;
  notifyOnClose: boolean;
  hash: string;
  values: StateValues;
  /** Messages under inputs, from `response_action: errors`; keyed by block_id. */
  errors: Record<string, string>;
}
