import type { Changes } from './changes.ts';
import { timestamps } from './ids.ts';
import type { Block, Clock, Message, StoredFile } from './model.ts';

export interface NewMessage {
  readonly channel: string;
  readonly author: string;
  readonly text: string;
  readonly blocks?: Block[] | undefined;
  readonly threadTs?: string | undefined;
  readonly broadcast?: boolean;
  readonly metadata?: Record<string, unknown> | undefined;
  readonly files?: StoredFile[];
  readonly onlyFor?: string | undefined;
}

export interface Thread {
  readonly replies: readonly Message[];
  readonly people: readonly string[];
  readonly latest: string | undefined;
}

/** Every message of the workspace, ephemeral ones included (they are kept apart from a channel's history). */
export class Messages {
  readonly #byChannel = new Map<string, Message[]>();
  readonly #ephemeral: Message[] = [];
  readonly #nextTs: () => string;
  readonly #changes: Changes;

  constructor(clock: Clock, changes: Changes) {
    this.#nextTs = timestamps(clock);
    this.#changes = changes;
  }

  post(message: NewMessage): Message {
    const stored: Message = {
      channel: message.channel,
      ts: this.#nextTs(),
      threadTs: message.threadTs,
      author: message.author,
      text: message.text,
      blocks: message.blocks,
      broadcast: message.broadcast ?? false,
      edited: undefined,
      metadata: message.metadata,
      files: message.files ?? [],
      reactions: [],
      pinned: false,
      tombstone: false,
      onlyFor: message.onlyFor,
    };
    if (stored.onlyFor === undefined) this.#history(stored.channel).push(stored);
    else this.#ephemeral.push(stored);
    this.changed(stored);
    return stored;
  }

  /** A durable message; ephemeral ones cannot be found by ts, as in Slack. */
  find(channel: string, ts: string): Message | undefined {
    return this.#byChannel.get(channel)?.find((message) => message.ts === ts && !message.tombstone);
  }

  findEphemeral(channel: string, ts: string): Message | undefined {
    return this.#ephemeral.find((message) => message.channel === channel && message.ts === ts);
  }

  edit(
    message: Message,
    content: Partial<Pick<Message, 'text' | 'blocks' | 'metadata' | 'broadcast'>>,
  ): void {
    Object.assign(message, content);
    message.edited = this.#nextTs();
    this.changed(message);
  }

  /** Says that a message was changed in place by the caller (a reaction, a pin). */
  changed(message: Message): void {
    this.#changes.announce({ kind: 'message', channel: message.channel, ts: message.ts });
  }

  remove(message: Message): void {
    if (message.onlyFor !== undefined) this.#drop(this.#ephemeral, message);
    else if (this.thread(message).replies.length > 0) {
      message.tombstone = true;
      message.text = 'This message was deleted.';
      message.blocks = undefined;
    } else this.#drop(this.#history(message.channel), message);
    this.changed(message);
  }

  thread(parent: Message): Thread {
    const replies = this.#history(parent.channel).filter((message) => message.threadTs === parent.ts);
    return {
      replies,
      people: [...new Set(replies.map((reply) => reply.author))],
      latest: replies.at(-1)?.ts,
    };
  }

  /** A channel as one user sees it, oldest first: parents and broadcasts, without the replies of threads. */
  seenBy(user: string, channel: string): Message[] {
    const open = this.#history(channel).filter((m) => m.threadTs === undefined || m.broadcast);
    return [...open, ...this.#ephemeralFor(user, channel, undefined)].sort(byTs);
  }

  /** A thread's replies as one user sees them, oldest first. */
  repliesSeenBy(user: string, parent: Message): Message[] {
    const ephemeral = this.#ephemeralFor(user, parent.channel, parent.ts);
    return [...this.thread(parent).replies, ...ephemeral].sort(byTs);
  }

  /** What a client forgets when it is reloaded. */
  forgetEphemeral(user: string): void {
    for (const message of this.#ephemeral.filter((candidate) => candidate.onlyFor === user)) {
      this.remove(message);
    }
  }

  #ephemeralFor(user: string, channel: string, threadTs: string | undefined): Message[] {
    return this.#ephemeral.filter(
      (m) => m.onlyFor === user && m.channel === channel && m.threadTs === threadTs,
    );
  }

  #history(channel: string): Message[] {
    const known = this.#byChannel.get(channel) ?? [];
    this.#byChannel.set(channel, known);
    return known;
  }

  #drop(from: Message[], message: Message): void {
    const index = from.indexOf(message);
    if (index >= 0) from.splice(index, 1);
  }
}

function byTs(a: Message, b: Message): number {
  return a.ts < b.ts ? -1 : 1;
}
