import { StepFailure } from '../domain/failure.ts';
import type { Argv, CommandOutcome, RemoteHost } from '../ports/remote-host.ts';
import { lastWords } from './last-words.ts';

/** What most of this directory asks of a machine. */
export type Reader = Pick<RemoteHost, 'node' | 'read'>;

/** A short command that has exited, whatever its code. */
export type Exited = Extract<CommandOutcome, { status: 'exited' }>;

export interface ReadOptions {
  /** What is being done, for the sentence of a failure: `reading the static pod manifests`. */
  readonly purpose: string;
  readonly timeoutSeconds?: number;
  readonly stdin?: string;
}

/**
 * Runs a short command; throws `command.timed-out` when the remote timeout ended it. A read that was too slow once is
 * worth another try, so the failure is a transient one.
 */
export async function readExited(host: Reader, argv: Argv, options: ReadOptions): Promise<Exited> {
  const { purpose, ...rest } = options;
  const outcome = await host.read(argv, rest);
  if (outcome.status === 'exited') return outcome;
  throw new StepFailure(
    'command.timed-out',
    `${host.node}: ${purpose} took longer than ${outcome.afterSeconds} s.`,
    {
      facts: { node: host.node, purpose },
      lastWords: lastWords(outcome.stdout + outcome.stderr),
      retry: 'transient',
    },
  );
}

/** Like readExited for a command that must succeed; gives its stdout, throws `command.failed` otherwise. */
export async function readText(host: Reader, argv: Argv, options: ReadOptions): Promise<string> {
  const outcome = await readExited(host, argv, options);
  if (outcome.code === 0) return outcome.stdout;
  throw commandFailed(host, outcome, options.purpose);
}

/** The failure of a short command that exited with a code that it should not have. */
export function commandFailed(host: Reader, outcome: Exited, purpose: string): StepFailure {
  return new StepFailure(
    'command.failed',
    `${host.node}: ${purpose} failed with exit status ${outcome.code}.`,
    {
      facts: { node: host.node, purpose, exit: String(outcome.code) },
      lastWords: lastWords(`${outcome.stdout}\n${outcome.stderr}`),
    },
  );
}

/**
 * A constant shell script with its values as positional parameters: values never become part of a script's text.
 * Scripts keep to POSIX sh and coreutils.
 */
export function script(lines: readonly string[], ...parameters: string[]): Argv {
  return ['sh', '-c', lines.join('\n'), 'sh', ...parameters];
}
