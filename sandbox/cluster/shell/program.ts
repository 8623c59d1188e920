import type { ClusterModel } from '../model/cluster.ts';
import type { Machine } from '../model/machine.ts';
import type { SessionFiles } from './session-files.ts';

export interface ShellResult {
  stdout: Buffer;
  stderr: Buffer;
  code: number;
}

/** One call of a simulated program. */
export interface Invocation {
  /** The name it was called by, without directory. */
  name: string;
  args: string[];
  machine: Machine;
  model: ClusterModel;
  user: string;
  cwd: string;
  env: ReadonlyMap<string, string>;
  stdin: Buffer;
  files: SessionFiles;
  /** Aborted when the process is killed: by a signal, a lost connection, a reboot. */
  signal: AbortSignal;
  out: (data: string | Uint8Array) => void;
  err: (data: string) => void;
  /** The program of the same name that just-bash brings along; for those that only add to it. */
  original: ((args: string[]) => Promise<ShellResult>) | undefined;
  /** Shows what `original` wrote; what it ran has shown its part to those who follow already. */
  relay: (result: ShellResult) => number;
  /** Runs another command as a child: its output is returned, not shown. */
  spawn: (argv: string[], options?: SpawnOptions) => Promise<ShellResult>;
}

export interface SpawnOptions {
  user?: string;
  stdin?: Buffer;
  cwd?: string;
  env?: Record<string, string>;
  umask?: number;
  signal?: AbortSignal;
}

/** A simulated program; resolves with its exit status. A killed one may simply throw the signal's reason. */
export type Program = (run: Invocation) => number | Promise<number>;

/** Shows what a child wrote as one's own output and returns its exit status. */
export function forward(run: Invocation, result: ShellResult): number {
  run.out(result.stdout);
  run.err(result.stderr.toString('utf8'));
  return result.code;
}

/** For programs that only root may use; writes the refusal and returns false for others. */
export function isRoot(run: Invocation): boolean {
  return run.user === 'root';
}
