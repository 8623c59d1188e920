import type { ClusterName, NodeName, RunId } from '../domain/names.ts';

/** A command as it is meant: program and arguments, never a line for a shell. Quoting is the adapter's business. */
export type Argv = readonly [program: string, ...args: string[]];

/**
 * Where root's programs are looked for. sudo's own path (secure_path) lacks /usr/local on the RHEL family, where people put
 * what no package brings.
 */
export const rootPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What became of a short command. Failure has the same shape as success: the caller decides what a code means. */
export type CommandOutcome =
  | { readonly status: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** The remote `timeout` ended it. */
  | {
      readonly status: 'timed-out';
      readonly afterSeconds: number;
      readonly stdout: string;
      readonly stderr: string;
    };

/** A long act, named so that a second look finds the first one: `base` from run and step, and the attempt. */
export interface Act {
  /** `[a-zA-Z0-9:_.-]`, at most 200 characters: becomes the transient unit's name together with the attempt. */
  readonly base: string;
  readonly attempt: number;
  readonly argv: Argv;
  readonly environment?: Readonly<Record<string, string>>;
  /** How long to wait for the end. The act itself is never killed by the bot's own decision. */
  readonly waitSeconds: number;
}

/** What became of a long act. */
export type ActOutcome =
  | { readonly status: 'exited'; readonly code: number; readonly output: string }
  /** Still running when the wait was over; it goes on, and the next attempt attaches to it. */
  | { readonly status: 'still-running'; readonly afterSeconds: number; readonly output: string }
  /** It was started, it does not run, and nothing tells how it ended (reboot, killed). Observe the facts. */
  | { readonly status: 'unknown'; readonly reason: string; readonly output: string };

/**
 * Which part of an act's whole output some lines are. Bytes are counted on the machine, before anything is masked. What
 * lies between two parts was left out: an output that grows faster than it is read keeps its beginning and its end.
 */
export interface OutputPlace {
  /** The attempt under which the act really runs: an earlier one's where that one still ran. */
  readonly attempt: number;
  /** Where the first line begins, or what came before it and is not shown. */
  readonly from: number;
  /** Where each line ends, its line feed included. */
  readonly ends: readonly number[];
}

/** New output of an act: whole lines, masked, without terminal sequences and without what progress bars wrote over. */
export type OnOutput = (lines: string[], place: OutputPlace) => void;

/** While an act is followed: the machine has not answered for a while, or answers again. The act goes on either way. */
export interface Reach {
  readonly status: 'away' | 'back';
  /** Since the connection was seen to be lost. */
  readonly seconds: number;
}

/** How an act stands that was only looked at. */
export type ActState =
  | { readonly status: 'running' }
  | { readonly status: 'exited'; readonly code: number }
  | { readonly status: 'unknown'; readonly reason: string }
  /** It was never begun, or what it left was removed. */
  | { readonly status: 'none' };

/**
 * A node's machine, reached over SSH as root by sudo. Throws StepFailure: ssh.* (unreachable, host key, login),
 * sudo.refused. `output` and `stdout` are UTF-8, masked and bounded to their last 64 KiB.
 */
export interface RemoteHost {
  readonly node: NodeName;
  /** Runs a short command to its end under a remote timeout. Safe to repeat: use it for reads and tiny writes. */
  read(argv: Argv, options?: { timeoutSeconds?: number; stdin?: string }): Promise<CommandOutcome>;
  /**
   * Starts the act as a transient systemd unit, or attaches to the one that an earlier call (or an earlier attempt
   * that still runs) has started; waits for its end across lost connections.
   * @param onOutput its output from the beginning, as it comes
   * @param onReach told of a machine that is away for long, and that it is back
   */
  act(act: Act, onOutput?: OnOutput, onReach?: (reach: Reach) => void): Promise<ActOutcome>;
  /** Replaces a file's content atomically. `mode` in octal digits, `0644`. */
  writeFile(path: string, content: string, mode: string): Promise<void>;
  /** Streams a file to a local path (mode 0600); gives size and SHA-256 of what arrived. */
  download(path: string, localPath: string): Promise<{ bytes: number; sha256: string }>;
  /**
   * Streams a local file to a path on the machine, where it appears only when it is whole; one that is there already with
   * the same content is left as it is. Its directory must be there. `mode` in octal digits, `0600`.
   */
  upload(localPath: string, path: string, mode: string): Promise<{ bytes: number; sha256: string }>;
}

/** Gives the machine of a configured cluster's node. One connection a node is kept and reused. */
export type RemoteHostOf = (cluster: ClusterName, node: NodeName) => RemoteHost;

/** Why nothing tells how an act ended that somebody had stopped: the reason of its `unknown` outcome. */
export const stoppedBy = (who: string): string => `it was stopped on the word of ${who}`;

/** What is asked and done about machines besides working on them. Throws StepFailure like RemoteHost. */
export interface NodeUpkeep {
  /** What the user may do by sudo (`sudo -n -l`), proven by doing something. Throws `sudo.refused` with the rule to add. */
  checkSudo(cluster: ClusterName, node: NodeName): Promise<{ readonly lines: readonly string[] }>;
  /**
   * Ends a running act because a person decided so. `stop` is SIGTERM and, after systemd's 90 s, SIGKILL; `kill` is
   * SIGKILL at once. Its outcome is then `unknown`, with who stopped it as the reason. Safe to repeat.
   * @returns false when it does not run
   */
  stopAct(
    cluster: ClusterName,
    node: NodeName,
    which: Pick<Act, 'base' | 'attempt'>,
    how: { signal: 'stop' | 'kill'; by: string },
  ): Promise<boolean>;
  /**
   * Reads what an act has printed from a byte on, and how it stands, without starting or changing anything.
   * @param onOutput whole lines; the last one, where it has no end yet, only of an act that has ended
   */
  readOutput(
    cluster: ClusterName,
    node: NodeName,
    which: Pick<Act, 'base' | 'attempt'>,
    from: number,
    onOutput: OnOutput,
  ): Promise<ActState>;
  /** Removes what a run left on a node; gives the bases of acts that were kept because they still run. */
  forgetRun(cluster: ClusterName, node: NodeName, run: RunId): Promise<string[]>;
}
