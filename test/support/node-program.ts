import type { InMemoryFs } from 'just-bash';
import type { NodeState } from './node-state.ts';
import type { WaitingClock } from './waiting-clock.ts';

/** A call of a program on a machine of the small world. */
export interface Call {
  readonly args: readonly string[];
  readonly state: NodeState;
  readonly files: InMemoryFs;
  readonly journal: string[];
  readonly clock: WaitingClock;
  readonly name: string;
}
export interface Result {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode: number;
}

export const said = (stdout: string): Result => ({ stdout, exitCode: 0 });
export const failed = (exitCode: number, stderr: string): Result => ({ stderr, exitCode });

/** Words that are no options, nor values of `-o` and the like. */
export const words = (args: readonly string[]) =>
  args.filter(
    (word, index) =>
      !word.startsWith('-') &&
      !['-o', '-p', '--name', '--state', '--timeout'].includes(args[index - 1] ?? ''),
  );
