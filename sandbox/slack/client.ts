import type { Ask } from './client/ask.ts';
import { askAt } from './client/ask.ts';
import { PersonClient } from './client/person.ts';
import type { ShownFaults } from './control/faults.ts';
import type { FaultRequest } from './control/requests.ts';
import type { RateUsage } from './limits/rate.ts';
import type { AckStatistics } from './socket/acks.ts';
import type { LoggedCall } from './web-api/call-log.ts';

export { ControlError } from './client/ask.ts';
export type { ClickOptions, MessageCondition, MessageReference } from './client/person.ts';
export { PersonClient, WaitTimeout } from './client/person.ts';

export interface Statistics {
  readonly sockets: number;
  readonly acks: Readonly<Record<'all' | 'slash_commands' | 'interactive' | 'events_api', AckStatistics>>;
  readonly rateLimits: readonly RateUsage[];
  readonly calls: readonly LoggedCall[];
}

/** Drives a workspace over its control API; works from any process. */
export class WorkspaceClient {
  /** Any route of the control API. @throws ControlError */
  readonly ask: Ask;

  /** @param url of the workspace's page, e.g. http://127.0.0.1:3210 */
  constructor(url: string) {
    this.ask = askAt(url);
  }

  /** Everything a person does and sees, as that person. @param handle with or without @, or a user id. */
  as(handle: string): PersonClient {
    return new PersonClient(this.ask, handle.replace(/^@/, ''));
  }

  statistics(): Promise<Statistics> {
    return this.ask('statistics', {});
  }

  faults(): Promise<ShownFaults> {
    return this.ask('faults', {});
  }

  fault(request: FaultRequest): Promise<ShownFaults> {
    return this.ask('fault', request);
  }

  /** Invites or removes someone (the app's bot too, by its handle). */
  async setMember(channel: string, user: string, member: boolean): Promise<void> {
    await this.ask('membership', { channel, user, member });
  }

  async setGroup(group: string, members: readonly string[]): Promise<void> {
    await this.ask('group', { group, members });
  }

  /** Waits until the app has so many sockets. */
  async waitForSockets(count: number, timeoutMs = 10_000): Promise<void> {
    await this.as('USLACKBOT').wait({ kind: 'sockets', count }, timeoutMs);
  }

  /** A channel with its threads as plain text, as one person reads it: the first of the workspace, if none is named. */
  async renderConversation(channel: string, as?: string): Promise<string> {
    const body = { channel, ...(as === undefined ? {} : { as }) };
    const { text } = await this.ask<{ text: string }>('text', body);
    return text;
  }
}
