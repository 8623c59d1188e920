import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { HTTPReceiver } from '@slack/bolt';
import {
  asError,
  askForAppId,
  type ConnectionOptions,
  type ConnectionState,
  createListeners,
  type SlackConnection,
  untilAnswered,
} from './connection.ts';
import { slackLogger } from './slack-logger.ts';

export interface HttpAppOptions extends ConnectionOptions {
  readonly signingSecret: string;
  /** Where Slack's requests arrive; a proxy before it ends TLS. Port 0 takes any free one. */
  readonly requests: { readonly address: string; readonly port: number; readonly path: string };
}

/** Methods of Slack's Web API that are called to find out who the bot is. */
export const httpMethods = ['auth.test', 'bots.info'] as const;

/** Slack's largest payloads are views and messages with all their blocks: well under this. */
const bodyLimit = '1mb';

/**
 * Bolt over requests that Slack signs (v0 HMAC, at most five minutes old). Nothing is listened to before Slack has said
 * which app the token belongs to: what is for another one could not be told apart.
 */
export function createHttpApp(options: HttpAppOptions): SlackConnection & { port(): number | undefined } {
  const { clock, log, requests } = options;
  const receiver = new HTTPReceiver({
    signingSecret: options.signingSecret,
    endpoints: [requests.path],
    logger: slackLogger(log),
    bodyLimit,
    unhandledRequestHandler: ({ response }) => {
      log.warn({}, 'a request of slack was not acknowledged within 3 s');
      if (!response.headersSent) response.writeHead(404).end();
    },
  });
  const { listeners, respond } = createListeners(options, receiver, false);
  const server = createServer((request, response) => take(receiver, request, response));
  const stopping = new AbortController();
  let state: ConnectionState = 'idle';
  let appId = options.appId;

  /** Who the token belongs to, from Slack itself. */
  async function learnWho(): Promise<void> {
    await listeners.init();
    if (appId !== undefined) return;
    appId = await askForAppId(listeners);
    if (appId === undefined) throw new Error('Slack does not say which app this is: set slack.appId');
  }

  function listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(requests.port, requests.address, () => {
        server.off('error', reject);
        server.on('error', (error) => log.error({ err: error }, 'listening for slack failed'));
        resolve();
      });
    });
  }

  return {
    app: { listeners, appId: () => appId, respond },
    state: () => state,
    port: () => {
      const address = server.address();
      return typeof address === 'object' ? address?.port : undefined;
    },
    async start() {
      state = 'connecting';
      try {
        await untilAnswered(learnWho, { clock, log }, stopping.signal);
        if (stopping.signal.aborted) return;
        await listen();
        state = 'connected';
        log.info({ path: requests.path, address: server.address() }, 'listening for slack’s requests');
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        state = 'failed';
        const error = asError(thrown);
        options.onFatal(error);
        throw error;
      }
    },
    async stop(capMs) {
      stopping.abort();
      const capped = new AbortController();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      });
      await Promise.race([closed, clock.sleep(capMs, capped.signal)]);
      capped.abort();
      server.closeAllConnections();
      state = 'stopped';
    },
  };
}

const form = 'application/x-www-form-urlencoded';

function take(receiver: HTTPReceiver, request: IncomingMessage, response: ServerResponse): void {
  // Bolt compares the whole header; a charset behind the type changes nothing of what it is.
  if (request.headers['content-type']?.startsWith(`${form};`)) request.headers['content-type'] = form;
  try {
    receiver.requestListener(request, response);
  } catch {
    // Bolt throws for paths that are not Slack's, and for what is no path at all.
    response.writeHead(404).end();
  }
}
