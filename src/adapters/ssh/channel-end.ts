import { constants } from 'node:os';
import type { ClientChannel } from 'ssh2';

/** How a command on a channel ended, as far as this side can tell. */
export type ChannelEnd =
  /** `code`: the exit status, or 128 and the signal's number as a shell says it. */
  | { readonly kind: 'exited'; readonly code: number }
  /** The connection went away first: nobody here knows what became of the command. */
  | { readonly kind: 'lost' }
  /** The remote timeout should have ended it long ago and has not: the machine hangs. */
  | { readonly kind: 'hung' };

/** A channel on which a command runs. Both its streams must be read, else its end never comes. */
export interface OpenChannel {
  readonly channel: ClientChannel;
  readonly end: Promise<ChannelEnd>;
}

/**
 * To be called in the very callback that hands the channel out: a quick command's exit status may be in the same packet,
 * and its event is over before a promise gets its turn.
 */
export function watched(channel: ClientChannel): OpenChannel {
  let end: ChannelEnd = { kind: 'lost' };
  // ssh2 gives a null code both for a signal and for a connection that broke; only the former has a name.
  channel.on('exit', (code: number | null, signal?: string) => {
    if (code !== null) end = { kind: 'exited', code };
    else if (signal !== undefined) end = { kind: 'exited', code: 128 + numberOf(signal) };
  });
  // A write into a channel whose other end is gone; what matters is how it ends.
  channel.on('error', () => undefined);
  const closed = new Promise((resolve) => channel.once('close', resolve));
  // ssh2 closes the channel when stdout has been read; what came on stderr may still be on its way to its reader.
  const stderrClosed = new Promise((resolve) => channel.stderr.once('close', resolve));
  return { channel, end: Promise.all([closed, stderrClosed]).then(() => end) };
}

/** The end, or `hung` when it does not come in time; the channel is then given up. */
export async function endWithin({ channel, end }: OpenChannel, seconds: number): Promise<ChannelEnd> {
  let guard: NodeJS.Timeout | undefined;
  const hung = new Promise<ChannelEnd>((resolve) => {
    guard = setTimeout(() => {
      resolve({ kind: 'hung' });
      channel.close();
    }, seconds * 1_000);
  });
  try {
    return await Promise.race([end, hung]);
  } finally {
    clearTimeout(guard);
  }
}

function numberOf(signal: string): number {
  const name = signal.startsWith('SIG') ? signal : `SIG${signal}`;
  return (constants.signals as Record<string, number>)[name] ?? 0;
}
