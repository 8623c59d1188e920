import { constants } from 'node:os';
import type { ClientChannel } from 'ssh2';
import type { Connection } from './connection.ts';

/** How a command on a channel ended, as far as this side can tell. */
export type ChannelEnd =
  /** `code`: the exit status, or 128 and the signal's number as a shell says it. */
  | { readonly kind: 'exited'; readonly code: number }
  /** The connection went away first: nobody here knows what became of the command. */
  | { readonly kind: 'lost' }
  /** The remote timeout should have ended it long ago and has not: the machine hangs. */
  | { readonly kind: 'hung' };

export interface Execution {
  /** Real seconds after which the machine counts as hung; beyond the command's own remote timeout. */
  readonly guardSeconds: number;
  readonly stdin?: string;
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
}

/** Executes a line on a channel of its own, to its end. Throws NotSent or StepFailure ssh.unreachable if it never began. */
export function execute(connection: Connection, line: string, execution: Execution): Promise<ChannelEnd> {
  return connection.withChannel(line, (channel) => {
    channel.on('data', (chunk: Buffer) => execution.onStdout(chunk));
    channel.stderr.on('data', (chunk: Buffer) => execution.onStderr(chunk));
    const end = endOf(channel, execution.guardSeconds);
    // Ended even when there is nothing to say, so that a command that reads does not wait for ever.
    channel.end(execution.stdin ?? '');
    return end;
  });
}

/** Waits for a channel's end. Its streams must be read by somebody, else it never comes. */
export function endOf(channel: ClientChannel, guardSeconds: number): Promise<ChannelEnd> {
  return new Promise((resolve) => {
    let end: ChannelEnd = { kind: 'lost' };
    const guard = setTimeout(() => {
      resolve({ kind: 'hung' });
      channel.close();
    }, guardSeconds * 1_000);
    // ssh2 gives a null code both for a signal and for a connection that broke; only the former has a name.
    channel.on('exit', (code: number | null, signal?: string) => {
      if (code !== null) end = { kind: 'exited', code };
      else if (signal !== undefined) end = { kind: 'exited', code: 128 + numberOf(signal) };
    });
    // A write into a channel whose other end is gone; what matters is how it ends.
    channel.on('error', () => undefined);
    channel.on('close', () => {
      clearTimeout(guard);
      resolve(end);
    });
  });
}

function numberOf(signal: string): number {
  const name = signal.startsWith('SIG') ? signal : `SIG${signal}`;
  return (constants.signals as Record<string, number>)[name] ?? 0;
}
