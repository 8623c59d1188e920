import { WebClient, type WebClientOptions } from '@slack/web-api';
import type { Log } from '../../ports/log.ts';
import { slackLogger } from './slack-logger.ts';

export interface SlackClients {
  /** Messages and their edits. A 429 there must not hold up what a person waits for. */
  readonly progress: WebClient;
  /** Views, ephemeral answers, files: a person is waiting. */
  readonly interactive: WebClient;
  /** Who is who. */
  readonly lookup: WebClient;
}

export interface SlackClientsOptions {
  readonly botToken: string;
  readonly log: Log;
  /** Base URL of the Web API with a slash at the end; absent: Slack's own. */
  readonly apiUrl?: string;
  readonly timeoutMs?: number;
}

/**
 * Web API clients that do what they are told once: a timeout on every call (the library has none), no retries and no
 * silent waiting after a 429 (`rejectRateLimitedCalls`), because the callers know better when to try again.
 */
export function createSlackClients(options: SlackClientsOptions): SlackClients {
  const make = (timeout: number) => {
    const clientOptions: WebClientOptions = {
      logger: slackLogger(options.log),
      timeout,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      allowAbsoluteUrls: true,
      ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
    };
    return new WebClient(options.botToken, clientOptions);
  };
  const timeoutMs = options.timeoutMs ?? 10_000;
  return { progress: make(timeoutMs), interactive: make(timeoutMs), lookup: make(timeoutMs) };
}
