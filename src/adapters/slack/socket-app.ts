import { SocketModeReceiver } from '@slack/bolt';
import {
  asError,
  type ConnectionOptions,
  createListeners,
  longestRetryMs,
  type SlackConnection,
  timeoutMs,
  untilAnswered,
} from './connection.ts';
import { slackLogger } from './slack-logger.ts';
import { withoutUnhandledFrames } from './socket-frames.ts';
import { appIdOfToken, followSocket } from './socket-state.ts';

export interface SocketAppOptions extends ConnectionOptions {
  readonly appToken: string;
}

/** Methods of Slack's Web API that Bolt calls by itself. */
export const socketMethods = ['auth.test', 'apps.connections.open'] as const;

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

  return {
    app: {
      listeners,
      // `hello` is Slack's own word for which app this connection belongs to; the token says it before there is one.
      appId: () => options.appId ?? socket.appId() ?? appIdOfToken(options.appToken),
      respond,
    },
    state: socket.state,
    async start() {
      try {
        await untilAnswered(() => listeners.init(), { clock, log }, stopping.signal);
        if (stopping.signal.aborted) return;
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
