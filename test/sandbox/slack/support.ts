import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import type { PlainTextElement, SectionBlock } from '@slack/types';
import { WebClient } from '@slack/web-api';
import { afterEach } from 'vitest';
import type { Workspace, WorkspaceOptions } from '../../../sandbox/slack/index.ts';
import { startWorkspace } from '../../../sandbox/slack/index.ts';

/** For expect.poll, whose own second is too short on a busy machine. */
export const patience = { timeout: 10_000, interval: 20 };

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A workspace that stops after the test. Rate limits are off unless the test is about them. */
export async function workspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const started = await startWorkspace({ rateLimits: 'off', stateless: true, ...options });
  cleanups.push(() => started.stop());
  return started;
}

/** Slack's own client, which retries nothing and is quiet. */
export function webClient(space: Workspace, token = space.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: space.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
    logger: quiet,
  });
}

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

/** The unmodified Bolt app over Socket Mode, built as a real app would be. */
export async function boltApp(space: Workspace, listen: (app: App) => void): Promise<App> {
  const clientOptions = { slackApiUrl: space.apiUrl, logger: quiet };
  const receiver = new SocketModeReceiver({
    appToken: space.appToken,
    logger: quiet,
    // Reconnecting waits this long; five seconds would make the tests slow.
    clientPingTimeout: 200,
    installerOptions: {
      clientOptions: { ...clientOptions, retryConfig: { forever: true, minTimeout: 50, maxTimeout: 500 } },
    },
  });
  const app = new App({
    token: space.botToken,
    receiver,
    logger: quiet,
    deferInitialization: true,
    convoStore: false,
    extendedErrorHandler: true,
    clientOptions: { ...clientOptions, timeout: 10_000, retryConfig: { retries: 3 } },
  });
  listen(app);
  await app.init();
  await app.start();
  cleanups.push(() => receiver.client.disconnect());
  await space.client.waitForSockets(1);
  return app;
}

/** Slack's error name of a call that must fail. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  const answer = await failure(call);
  return typeof answer.error === 'string' ? answer.error : 'no error name';
}

/** What Slack answered to a call that must fail. */
export async function failure(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && 'data' in error) return error.data as Record<string, unknown>;
    throw error;
  }
  throw new Error('the call succeeded');
}

export function section(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

export function plain(text: string): PlainTextElement {
  return { type: 'plain_text', text };
}
