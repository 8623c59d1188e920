import { App, type Receiver } from '@slack/bolt';
import { WebAPIPlatformError } from '@slack/web-api';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Message } from '../../ports/messenger.ts';
import { callFailureOf } from './call-failure.ts';
import { createResponder } from './response-url.ts';
import { slackLogger } from './slack-logger.ts';

/** `connected` is the only state in which Slack can reach the bot; /readyz follows it. */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'stopped' | 'failed';

/** What both ways of being reached need: a socket that the bot opens, or requests that Slack sends. */
export interface ConnectionOptions {
  readonly botToken: string;
  /** Base URL of the Web API; absent: Slack's own. */
  readonly apiUrl?: string;
  /** The app's id where the configuration says it; absent: Slack is asked. */
  readonly appId?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Slack will never let the bot in again with these tokens: the process should end, so that somebody notices. */
  readonly onFatal: (error: Error) => void;
}

export interface SlackConnection {
  /** For whoever registers handlers, before start(). */
  readonly app: {
    readonly listeners: App;
    /** The id of the app that Slack connected us as; undefined until known. */
    appId(): string | undefined;
    /** Answers through a payload's response URL; false when that failed. */
    respond(responseUrl: string, message: Message): Promise<boolean>;
  };
  /**
   * Connects, and keeps trying while Slack is away. Resolves once connected; rejects for tokens that Slack refuses.
   * Do not wait for it before taking up runs: they go on without Slack.
   */
  start(): Promise<void>;
  /** Ends it, waiting at most `capMs`. Work that listeners began is drained by whoever began it. */
  stop(capMs: number): Promise<void>;
  state(): ConnectionState;
}

export const timeoutMs = 10_000;
export const longestRetryMs = 30_000;

/** Bolt's App over a receiver, with a second way to answer. */
export function createListeners(
  { botToken, apiUrl, log }: ConnectionOptions,
  receiver: Receiver,
  socketMode: boolean,
): { listeners: App; respond: SlackConnection['app']['respond'] } {
  const server = apiUrl === undefined ? {} : { slackApiUrl: apiUrl };
  const listeners = new App({
    token: botToken,
    receiver,
    socketMode,
    logger: slackLogger(log),
    // Without it, a token that Slack refuses is an unhandled rejection in the constructor.
    deferInitialization: true,
    convoStore: false,
    extendedErrorHandler: true,
    clientOptions: { ...server, timeout: timeoutMs, retryConfig: { retries: 3 } },
  });
  listeners.error(({ error }: { error: Error }) => {
    log.error({ error }, 'a slack listener failed');
    return Promise.resolve();
  });
  return { listeners, respond: createResponder({ log, ...(apiUrl === undefined ? {} : { apiUrl }) }) };
}

/** Asks Slack until it answers; throws only Slack's own "no", which the same token will always get. */
export async function untilAnswered(
  ask: () => Promise<void>,
  { clock, log }: Pick<ConnectionOptions, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  for (let delayMs = 1_000; !signal.aborted; delayMs = Math.min(delayMs * 2, longestRetryMs)) {
    try {
      return await ask();
    } catch (thrown) {
      if (isForGood(thrown)) throw thrown;
      log.warn({ failure: callFailureOf(thrown), delayMs }, 'slack does not answer, trying again');
      await clock.sleep(delayMs, signal);
    }
  }
}

/** The app that a bot token belongs to, as Slack tells its bot. */
export async function askForAppId({ client }: App): Promise<string | undefined> {
  const { bot_id: bot } = await client.auth.test();
  return bot === undefined ? undefined : (await client.bots.info({ bot })).bot?.app_id;
}

const forGood = ['not_authed', 'invalid_auth', 'account_inactive', 'token_revoked', 'token_expired'];

function isForGood(thrown: unknown): boolean {
  return thrown instanceof WebAPIPlatformError && forGood.includes(thrown.data.error);
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('the connection failed', { cause: thrown });
}
