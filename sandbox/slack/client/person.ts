import type { Awaited as AwaitedThing } from '../control/requests.ts';
import type {
  ShownConversation,
  ShownMessage,
  ShownView,
  ShownViews,
  ShownWorkspace,
} from '../control/shown.ts';
import type { ActOutcome } from '../people/act.ts';
import type { Choice } from '../people/choose.ts';
import type { CommandOutcome } from '../people/command.ts';
import type { Answers, SubmitOutcome } from '../people/submit.ts';
import type { Suggestion } from '../people/suggest.ts';
import type { Where } from '../people/surface.ts';
import type { Delivery } from '../socket/hub.ts';
import type { Notice } from '../state/model.ts';
import type { Ask } from './ask.ts';

/** What was waited for did not come; the message shows what was there instead. */
export class WaitTimeout extends Error {
  override name = 'WaitTimeout';
}

/** A message by what waitForMessage returned, or by channel and ts. */
export type MessageReference = Pick<ShownMessage, 'channel' | 'ts'>;

export interface ClickOptions {
  /** Needed only where the action_id stands in several blocks. */
  readonly blockId?: string;
  /** The answer to a confirm dialog; must be given if, and only if, the element has one. */
  readonly confirm?: boolean;
  /** For selects, overflow menus and the like: the option's value, handle, date … */
  readonly choice?: Choice;
}

export type MessageCondition = Omit<
  Extract<AwaitedThing, { kind: 'message' }>,
  'kind' | 'channel' | 'matches'
> & {
  readonly matches?: string | RegExp;
};

/** One person at their client. */
export class PersonClient {
  readonly handle: string;
  readonly #call: Ask;

  constructor(call: Ask, handle: string) {
    this.#call = call;
    this.handle = handle;
  }

  /** Runs a slash command and waits for its acknowledgement. @param line from the slash on. */
  command(channel: string, line: string, options: { inThread?: boolean } = {}): Promise<CommandOutcome> {
    return this.#ask('command', { channel, line, ...options });
  }

  say(channel: string, text: string, threadTs?: string): Promise<{ ts: string }> {
    return this.#ask('say', { channel, text, ...(threadTs === undefined ? {} : { threadTs }) });
  }

  /** Presses a button of a message (or uses its select, with `choice`). */
  click(message: MessageReference, actionId: string, options: ClickOptions = {}): Promise<ActOutcome> {
    return this.#ask('act', { where: at(message), actionId, ...options });
  }

  /** Uses an element of the modal on top; plain inputs just keep the choice until the modal is submitted. */
  clickInModal(actionId: string, options: ClickOptions = {}): Promise<ActOutcome> {
    return this.#ask('act', { where: { kind: 'modal' }, actionId, ...options });
  }

  clickInHome(actionId: string, options: ClickOptions = {}): Promise<ActOutcome> {
    return this.#ask('act', { where: { kind: 'home' }, actionId, ...options });
  }

  /** Sends a click that no honest client would send, e.g. `{action_id: 'approve', value: 'forged'}`. */
  forge(
    message: MessageReference,
    action: Record<string, unknown>,
    fields?: Record<string, unknown>,
  ): Promise<Delivery> {
    return this.#ask('forge', { where: at(message), action, ...(fields === undefined ? {} : { fields }) });
  }

  /** Fills and submits the modal on top; answers by block_id or action_id. */
  submit(answers: Answers = {}): Promise<SubmitOutcome> {
    return this.#ask('submit', { answers });
  }

  /** Closes the modal on top. */
  async close(): Promise<void> {
    await this.#ask('close', {});
  }

  suggestions(
    where: Where,
    blockId: string,
    actionId: string,
    value: string,
  ): Promise<{ options: Suggestion[] }> {
    return this.#ask('suggest', { where, blockId, actionId, value });
  }

  /** Opens the app's Home tab. */
  async openHome(): Promise<void> {
    await this.#ask('home', {});
  }

  /** Reloads the client: ephemeral messages and open modals are gone. */
  async reload(): Promise<void> {
    await this.#ask('reload', {});
  }

  workspace(): Promise<ShownWorkspace> {
    return this.#ask('workspace', {});
  }

  /** A channel as this person sees it. `@app` is the direct conversation with the app. */
  conversation(channel: string): Promise<ShownConversation> {
    return this.#ask('conversation', { channel });
  }

  views(): Promise<ShownViews> {
    return this.#ask('views', {});
  }

  async notices(): Promise<readonly Notice[]> {
    const { notices } = await this.#ask<{ notices: readonly Notice[] }>('notices', {});
    return notices;
  }

  async renderConversation(channel: string): Promise<string> {
    const { text } = await this.#ask<{ text: string }>('text', { channel });
    return text;
  }

  /**
   * The newest message that meets the condition (a string: that contains it), once there is one.
   * @throws WaitTimeout with the conversation as it was at the deadline (10 s unless given).
   */
  async waitForMessage(
    channel: string,
    condition: string | RegExp | MessageCondition,
    timeoutMs = 30_000,
  ): Promise<ShownMessage> {
    const wanted = messageCondition(condition);
    try {
      return await this.wait<ShownMessage>({ kind: 'message', channel, ...wanted }, timeoutMs);
    } catch (error) {
      if (!(error instanceof WaitTimeout)) throw error;
      throw new WaitTimeout(`${error.message}\n\n${await this.renderConversation(channel)}`, {
        cause: error,
      });
    }
  }

  waitForModal(
    condition: Omit<Extract<AwaitedThing, { kind: 'modal' }>, 'kind'> = {},
    timeoutMs = 30_000,
  ): Promise<ShownView> {
    return this.wait({ kind: 'modal', ...condition }, timeoutMs);
  }

  async waitForNoModal(timeoutMs = 30_000): Promise<void> {
    await this.wait({ kind: 'no-modal' }, timeoutMs);
  }

  waitForHome(
    condition: Omit<Extract<AwaitedThing, { kind: 'home' }>, 'kind'> = {},
    timeoutMs = 30_000,
  ): Promise<ShownView> {
    return this.wait({ kind: 'home', ...condition }, timeoutMs);
  }

  /** @throws WaitTimeout */
  async wait<T>(wanted: AwaitedThing, timeoutMs: number): Promise<T> {
    const body = { as: this.handle, for: wanted, timeoutMs };
    const answer = await this.#call<{ found: false } | { found: true; value: T }>(
      'wait',
      body,
      timeoutMs + 10_000,
    );
    if (answer.found) return answer.value;
    throw new WaitTimeout(`@${this.handle} waited ${timeoutMs} ms for ${JSON.stringify(wanted)}`);
  }

  #ask<T>(name: string, body: Record<string, unknown>): Promise<T> {
    return this.#call(name, { as: this.handle, ...body });
  }
}

function at({ channel, ts }: MessageReference): Where {
  return { kind: 'message', channel, ts };
}

function messageCondition(condition: string | RegExp | MessageCondition): Omit<
  MessageCondition,
  'matches'
> & {
  matches?: string;
} {
  if (typeof condition === 'string') return { text: condition };
  if (condition instanceof RegExp) return { matches: condition.source };
  const { matches, ...rest } = condition;
  if (matches === undefined) return rest;
  return { ...rest, matches: typeof matches === 'string' ? matches : matches.source };
}
