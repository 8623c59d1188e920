import type { SocketModeReceiver } from '@slack/bolt';
import type { ConnectionState } from './connection.ts';

type SocketClient = SocketModeReceiver['client'];

/**
 * Follows the socket through the events of its client. `hello` names the app that the connection belongs to: the one
 * trustworthy source of the app's id, since the connection was made with the app's own token.
 */
export function followSocket(client: Pick<SocketClient, 'on'>) {
  let state: ConnectionState = 'idle';
  let appId: string | undefined;
  const to = (next: ConnectionState) => () => {
    if (state !== 'failed' && state !== 'stopped') state = next;
  };
  client.on('connecting', () => {
    if (state !== 'reconnecting') to('connecting')();
  });
  client.on('connected', to('connected'));
  client.on('close', to('reconnecting'));
  client.on('reconnecting', to('reconnecting'));
  client.on('ws_message', (data: unknown) => {
    appId ??= appIdOfHello(data);
  });
  return {
    state: () => state,
    appId: () => appId,
    settle: (end: 'stopped' | 'failed') => {
      state = end;
    },
  };
}

/** The app id of an app-level token, `xapp-1-A0123456789-…`. */
export function appIdOfToken(appToken: string): string | undefined {
  return /^xapp-\d+-(A[A-Z0-9]{2,20})-/.exec(appToken)?.[1];
}

function appIdOfHello(data: unknown): string | undefined {
  const text = String(data);
  if (!text.includes('"hello"')) return undefined;
  try {
    const message = JSON.parse(text) as { type?: unknown; connection_info?: { app_id?: unknown } };
    const id = message.connection_info?.app_id;
    return message.type === 'hello' && typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
