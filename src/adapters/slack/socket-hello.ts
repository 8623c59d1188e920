import type { SocketModeReceiver } from '@slack/bolt';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';

type SocketClient = SocketModeReceiver['client'];

/** Slack says hello within a second or two of being asked for a socket. */
const patienceMs = 30_000;

/**
 * The client waits for Slack's `hello` for ever: behind a proxy that accepts a socket and leads nowhere, or with a host of
 * Slack's that is half dead, it would answer pings and hear nothing. After a while such a socket is given up, as if Slack
 * had asked for it, and the client opens another one.
 */
export function giveUpSilentSockets(
  client: Pick<SocketClient, 'on' | 'emit'>,
  { clock, log, signal }: { clock: Pick<Clock, 'sleep'>; log: Log; signal: AbortSignal },
): void {
  let waiting: AbortController | undefined;
  const giveUp = async (over: AbortSignal): Promise<void> => {
    await clock.sleep(patienceMs, over);
    if (over.aborted) return;
    log.warn({ patienceMs }, 'a socket of slack says nothing, another one is opened');
    client.emit('ws_message', JSON.stringify({ type: 'disconnect', reason: 'no_hello' }), false);
  };
  const heard = () => waiting?.abort();
  client.on('connected', heard);
  // Emitted when Slack has named an address for the next socket.
  client.on('authenticated', () => {
    heard();
    const mine = new AbortController();
    waiting = mine;
    void giveUp(AbortSignal.any([mine.signal, signal]));
  });
}
