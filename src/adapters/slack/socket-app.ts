import { SocketModeReceiver } from '@slack/bolt';
import {
  asError,
  askForAppId,
  type ConnectionOptions,
  createListeners,
  longestRetryMs,
  type SlackConnection,
  timeoutMs,
  untilAnswered,
} from './connection.ts';
import { slackLogger } from './slack-logger.ts';
import { withoutUnhandledFrames } from './socket-frames.ts';
import { giveUpSilentSockets } from './socket-hello.ts';
import { appIdOfToken, followSocket } from './socket-state.ts';

export interface SocketAppOptions extends ConnectionOptions {
  readonly appToken: string;
}

/** Methods of Slack's Web API that Bolt calls by itself. */
export const socketMethods = ['auth.test', 'apps.connections.open'] as const;

const complainEveryMs = 60_000;

/**
 * Bolt over Socket Mode. The receiver is made here and not by App (`socketMode: true` alone), because App would share
 * one retry configuration between the Web API, where retries must be few, and the socket, where they must never end.
 */
export function createSocketApp(options: SocketAppOptions): SlackConnection {
  const { clock, log } = options;
  const receiver = new SocketModeReceiver({
    appToken: options.appToken,
    logger: slackLogger(log),
    installerOptions: {
      clientOptions: {
        ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
        timeout: timeoutMs,
        retryConfig: { forever: true, factor: 1.3, maxTimeout: longestRetryMs },
      },
    },
  });
  const { listeners, respond } = createListeners(options, receiver, true);
  withoutUnhandledFrames(receiver.client, log);
  receiver.client.on('connected', () => log.info({}, 'connected to slack'));
  receiver.client.on('close', () => log.info({}, 'the socket to slack is closed'));
  const socket = followSocket(receiver.client);
  const stopping = new AbortController();
  giveUpSilentSockets(receiver.client, { clock, log, signal: stopping.signal });
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

  // `hello` is Slack's own word for which app this connection belongs to; the token says it before there is one.
  let learned: string | undefined;
  const appId = () => options.appId ?? socket.appId() ?? appIdOfToken(options.appToken) ?? learned;

  /** Before the first payload can come: without it every one is refused, and what is not Slack may not say it in `hello`. */
  async function learnAppId(): Promise<void> {
    if (appId() !== undefined) return;
    learned = await askForAppId(listeners).catch(() => undefined);
    if (learned === undefined) {
      log.warn({}, 'slack does not say which app this is; if its hello does not either, set slack.appId');
    }
  }

  /** The client tries in silence, for as long as it takes. */
  async function complainWhileAway(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(complainEveryMs, stopping.signal);
      const state = socket.state();
      if (state !== 'connected' && !stopping.signal.aborted) {
        log.warn({ state }, 'there is no connection to slack');
      }
    }
  }

  return {
    app: {
      listeners,
      appId,
      respond,
    },
    state: socket.state,
    async start() {
      void complainWhileAway();
      try {
        await untilAnswered(() => listeners.init(), { clock, log }, stopping.signal);
        if (stopping.signal.aborted) return;
        await learnAppId();
        await listeners.start();
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
