import type { Block, OpenView, StateValues } from '../state/model.ts';

/** What the control API and the page are told, always as one user sees it. Runs in the browser too. */

export interface ShownPerson {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly role: string;
  readonly timeZone: string;
  readonly kind: string;
  /** Which of the page's colours stands for this person. */
  readonly hue: number;
}

export interface ShownChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: 'public' | 'private' | 'im';
  readonly topic: string;
  readonly shared: 'no' | 'external' | 'pending';
  readonly members: readonly string[];
}

export interface ShownGroup {
  readonly id: string;
  readonly handle: string;
  readonly members: readonly string[];
}

export interface ShownFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly size: number;
  readonly mimetype: string;
  /** Where its content is, on the workspace. */
  readonly path: string;
}

export interface ShownMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly author: string;
  readonly text: string;
  readonly blocks: readonly Block[] | undefined;
  /** The message as a person reads it, without any styling. */
  readonly plain: string;
  readonly broadcast: boolean;
  readonly edited: boolean;
  readonly ephemeral: boolean;
  readonly tombstone: boolean;
  readonly pinned: boolean;
  readonly files: readonly ShownFile[];
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[] }[];
  readonly metadata: Record<string, unknown> | undefined;
  readonly replyCount: number;
  readonly replyPeople: readonly string[];
  readonly latestReply: string | undefined;
  readonly replies: readonly ShownMessage[];
  /** What Slack tells this user about an action in the message that was not answered. */
  readonly warning: string | undefined;
}

export interface ShownConversation {
  readonly channel: ShownChannel;
  readonly messages: readonly ShownMessage[];
}

export interface ShownView
  extends Pick<
    OpenView,
    'id' | 'type' | 'title' | 'submit' | 'close' | 'callbackId' | 'privateMetadata' | 'errors'
  > {
  readonly blocks: readonly Block[];
  readonly values: StateValues;
  readonly plain: string;
  readonly warning: string | undefined;
}

export interface ShownViews {
  /** Bottom first; at most three. */
  readonly modals: readonly ShownView[];
  readonly home: ShownView | undefined;
}

export interface ShownCommand {
  readonly command: string;
  readonly description: string;
  readonly usageHint: string;
}

export interface ShownWorkspace {
  readonly team: { readonly id: string; readonly name: string };
  readonly app: { readonly id: string; readonly name: string; readonly home: boolean };
  readonly people: readonly ShownPerson[];
  readonly groups: readonly ShownGroup[];
  readonly channels: readonly ShownChannel[];
  readonly commands: readonly ShownCommand[];
  readonly sockets: number;
}
