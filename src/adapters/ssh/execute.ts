import { type ChannelEnd, endWithin } from './channel-end.ts';
import type { Connection } from './connection.ts';

export interface Execution {
  /** Real seconds after which the machine counts as hung; beyond the command's own remote timeout. */
  readonly guardSeconds: number;
  readonly stdin?: string;
  onStdout(chunk: Buffer): void;
  onStderr(chunk: Buffer): void;
}

/** Executes a line on a channel of its own, to its end. Throws NotSent or StepFailure ssh.unreachable if it never began. */
export function execute(connection: Connection, line: string, execution: Execution): Promise<ChannelEnd> {
  return connection.withChannel(line, (opened) => {
    opened.channel.on('data', (chunk: Buffer) => execution.onStdout(chunk));
    opened.channel.stderr.on('data', (chunk: Buffer) => execution.onStderr(chunk));
    // Ended even when there is nothing to say, so that a command that reads does not wait for ever.
    opened.channel.end(execution.stdin ?? '');
    return endWithin(opened, execution.guardSeconds);
  });
}
