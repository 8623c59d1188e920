import { App, SocketModeReceiver } from '@slack/bolt';
import { WebAPIPlatformError } from '@slack/web-api';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Message } from '../../ports/messenger.ts';
import { createResponder } from './response-url.ts';
import { slackLogger } from './slack-logger.ts';
import { appIdOfToken, followSocket, type SocketState } from './socket-state.ts';

export interface SocketAppOptions {
  readonly botToken: string;
  readonly appToken: string;
  /** Base URL of the Web API with a slash at the end; absent: Slack's own. */
  readonly apiUrl?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Slack will never let the bot in again with these tokens: the process should end, so that somebody notices. */
  readonly onFatal: (error: Error) => void;
}

export interface SocketApp {
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
  /** Closes the socket, waiting at most `capMs`. Work that listeners began is drained by whoever began it. */
  stop(capMs: number): Promise<void>;
  state(): SocketState;
}

/** Methods of Slack's Web API that Bolt calls by itself. */
export const socketMethods = ['auth.test', 'apps.connections.open'] as const;

const timeoutMs = 10_000;
const longestRetryMs = 30_000;

/**
 * Bolt over Socket Mode. The receiver is made here and not by App (`socketMode: true` alone), because App would share
 * one retry configuration between the Web API, where retries must be few, and the socket, where they must never end.
 */
export function createSocketApp(options: SocketAppOptions): SocketApp {
  const { clock, log } = options;
  const logger = slackLogger(log);
  const server = options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: options.appToken,
    logger,
    installerOptions: {
      clientOptions: {
        ...server,
        timeout: timeoutMs,
        retryConfig: { forever: true, factor: 1.3, maxTimeout: longestRetryMs },
      },
    },
  });
  const app = new App({
    token: options.botToken,
    receiver,
    socketMode: true,
    logger,
    // Without it, a token that Slack refuses is an unhandled rejection in the constructor.
    deferInitialization: true,
    convoStore: false,
    extendedErrorHandler: true,
    clientOptions: { ...server, timeout: timeoutMs, retryConfig: { retries: 3 } },
  });
  app.error(({ error }: { error: Error }) => {
    log.error({ error }, 'a slack listener failed');
    return Promise.resolve();
  });

  const socket = followSocket(receiver.client);
  const stopping = new AbortController();
  let reported = false;

  function fail(error: Error): void {
    if (stopping.signal.aborted || reported) return;
    reported = true;
    socket.settle('failed');
    options.onFatal(error);
  }

  // The client reconnects by calling its own start() and drops the promise: a refusal then would be an unhandled
  // rejection. The first call is ours and is answered; later ones end here.
  const connect = receiver.client.start.bind(receiver.client);
  let connectedOnce = false;
  receiver.client.start = async () => {
    if (!connectedOnce) return connect();
    try {
      return await connect();
    } catch (thrown) {
      fail(asError(thrown));
      return new Promise(() => undefined);
    }
  };

  async function verifyToken(): Promise<void> {
    for (let delayMs = 1_000; !stopping.signal.aborted; delayMs = Math.min(delayMs * 2, longestRetryMs)) {
      try {
        return await app.init();
      } catch (thrown) {
        if (isForGood(thrown)) throw thrown;
        log.warn({ error: thrown, delayMs }, 'slack does not answer, trying again');
        await clock.sleep(delayMs, stopping.signal);
      }
    }
  }

  return {
    app: {
      listeners: app,
      appId: () => appIdOfToken(options.appToken) ?? socket.appId(),
      respond: createResponder({
        log,
        ...(options.apiUrl === undefined ? {} : { apiUrl: options.apiUrl }),
      }),
    },
    state: socket.state,
    async start() {
      try {
        await verifyToken();
        if (stopping.signal.aborted) return;
        await app.start();
        connectedOnce = true;
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        const error = asError(thrown);
        fail(error);
        throw error;
      }
    },
    async stop(capMs) {
      stopping.abort();
      const capped = new AbortController();
      // Not App#stop: it does not wait for the socket to close.
      await Promise.race([receiver.client.disconnect(), clock.sleep(capMs, capped.signal)]);
      capped.abort();
      socket.settle('stopped');
    },
  };
}

/** Slack's own "no": asking again with the same token cannot help. */
function isForGood(thrown: unknown): boolean {
  const forGood = ['not_authed', 'invalid_auth', 'account_inactive', 'token_revoked', 'token_expired'];
  return thrown instanceof WebAPIPlatformError && forGood.includes(thrown.data.error);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('the socket failed', { cause: thrown });
}
