import type { View } from '@slack/types';
import type { ChannelId, Instant, UserId } from '../../src/domain/names.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  FindOutcome,
  Message,
  Messenger,
  PostOutcome,
  UploadOutcome,
} from '../../src/ports/messenger.ts';
import { readable } from './readable.ts';
import { messageProblems, viewProblems } from './slack-limits.ts';

export interface Posted {
  readonly channel: ChannelId;
  readonly ts: string;
  message: Message;
  readonly thread?: string;
  readonly broadcast: boolean;
  readonly mark?: string;
  readonly at: number;
  /** Times of its edits. */
  readonly edits: number[];
}

type Fault = (call: {
  kind: 'post' | 'update';
  channel: ChannelId;
  message: Message;
  threaded: boolean;
}) => PostOutcome | 'lost' | undefined;

/** A workspace that keeps what is written to it, refuses what breaks a limit, and fails as a test tells it. */
export class FakeSlack implements Messenger {
  readonly messages: Posted[] = [];
  readonly ephemerals: { channel: ChannelId; user: UserId; message: Message }[] = [];
  readonly views = new Map<string, View>();
  readonly homes = new Map<UserId, View>();
  readonly files: { channel: ChannelId; thread: string; name: string; title: string; content: string }[] = [];
  /** How an upload ends; `lost`: the file is there although Slack did not say so. */
  uploadOutcome: () => UploadOutcome | 'lost' = () => ({ status: 'uploaded' });
  readonly problems: string[] = [];
  /** Looks at every post and edit first; `lost` does it and then does not answer. */
  fault: Fault = () => undefined;
  /** What stands in the way of looking for a message; the app has no scope for it unless a test gives it. */
  lookFault: () => Exclude<FindOutcome, { status: 'found' | 'absent' }> | undefined = () => ({
    status: 'refused',
    error: 'missing_scope',
  });
  looks = 0;
  ephemeralOutcome: PostOutcome | undefined;
  openError: string | undefined;
  readonly #clock: Pick<Clock, 'now'>;
  #count = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  get parents(): Posted[] {
    return this.messages.filter((message) => message.thread === undefined);
  }

  /** The last parent as text. */
  get parent(): string {
    const last = this.parents.at(-1);
    return last === undefined ? '' : readable(last.message);
  }

  /** What the threads say, without the sentences for phones. */
  get thread(): string[] {
    return this.messages
      .filter(({ thread }) => thread !== undefined)
      .map(({ message }) => readable(message).split('\n').slice(1).join('\n'));
  }

  async post(
    channel: ChannelId,
    message: Message,
    thread?: { ts: string; broadcast: boolean },
    mark?: string,
  ): Promise<PostOutcome> {
    const wrong = this.#wrong('post', channel, message, thread !== undefined);
    if (wrong !== undefined && wrong !== 'lost') return wrong;
    this.#count += 1;
    const ts = `${Math.floor(this.#clock.now() / 1_000)}.${String(this.#count).padStart(6, '0')}`;
    const parent = this.messages.some((other) => other.ts === thread?.ts);
    if (thread !== undefined && !parent) return { status: 'refused', error: 'thread_not_found' };
    this.messages.push({
      channel,
      ts,
      message,
      broadcast: thread?.broadcast ?? false,
      at: this.#clock.now(),
      edits: [],
      ...(thread === undefined ? {} : { thread: thread.ts }),
      ...(mark === undefined ? {} : { mark }),
    });
    if (wrong === 'lost') return { status: 'unavailable', sent: 'unknown', reason: 'TimeoutError' };
    return { status: 'posted', ts };
  }

  async find(
    channel: ChannelId,
    mark: string,
    _around: Instant,
    thread: string | undefined,
  ): Promise<FindOutcome> {
    this.looks += 1;
    const no = this.lookFault();
    if (no !== undefined) return no;
    const found = this.messages.find(
      (message) => message.channel === channel && message.mark === mark && message.thread === thread,
    );
    return found === undefined ? { status: 'absent' } : { status: 'found', ts: found.ts };
  }

  async update(channel: ChannelId, ts: string, message: Message): Promise<PostOutcome> {
    const wrong = this.#wrong('update', channel, message, false);
    if (wrong !== undefined && wrong !== 'lost') return wrong;
    const known = this.messages.find((other) => other.ts === ts && other.channel === channel);
    if (known === undefined) return { status: 'refused', error: 'message_not_found' };
    known.message = message;
    known.edits.push(this.#clock.now());
    if (wrong === 'lost') return { status: 'unavailable', sent: 'unknown', reason: 'TimeoutError' };
    return { status: 'posted', ts };
  }

  async postEphemeral(channel: ChannelId, user: UserId, message: Message): Promise<PostOutcome> {
    if (this.ephemeralOutcome !== undefined) return this.ephemeralOutcome;
    this.problems.push(...messageProblems(message));
    this.ephemerals.push({ channel, user, message });
    return { status: 'posted', ts: 'ephemeral' };
  }

  async openView(_triggerId: string, view: View): Promise<{ viewId: string } | { error: string }> {
    if (this.openError !== undefined) return { error: this.openError };
    this.problems.push(...viewProblems(view));
    const viewId = `V${this.views.size + 1}`;
    this.views.set(viewId, view);
    return { viewId };
  }

  async updateView(viewId: string, view: View): Promise<{ error?: string }> {
    if (!this.views.has(viewId)) return { error: 'not_found' };
    this.problems.push(...viewProblems(view));
    this.views.set(viewId, view);
    return {};
  }

  async publishHome(user: UserId, view: View): Promise<{ error?: string }> {
    this.problems.push(...viewProblems(view));
    this.homes.set(user, view);
    return {};
  }

  async uploadFile(
    channel: ChannelId,
    thread: string,
    file: { name: string; title: string; content: string },
  ): Promise<UploadOutcome> {
    const outcome = this.uploadOutcome();
    const arrived = outcome === 'lost' || outcome.status === 'uploaded';
    if (arrived) this.files.push({ channel, thread, ...file });
    return outcome === 'lost' ? { status: 'unavailable', sent: 'unknown', reason: 'TimeoutError' } : outcome;
  }

  async permalink(channel: ChannelId, ts: string): Promise<string | undefined> {
    return `https://acme.slack.com/archives/${channel}/p${ts.replace('.', '')}`;
  }

  #wrong(
    kind: 'post' | 'update',
    channel: ChannelId,
    message: Message,
    threaded: boolean,
  ): PostOutcome | 'lost' | undefined {
    const told = this.fault({ kind, channel, message, threaded });
    if (told !== undefined) return told;
    const problems = messageProblems(message);
    this.problems.push(...problems);
    return problems.length > 0 ? { status: 'refused', error: 'invalid_blocks' } : undefined;
  }
}
