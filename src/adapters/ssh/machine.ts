import { assertNever } from '../../domain/assert-never.ts';
import type { NodeName } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Argv, CommandOutcome } from '../../ports/remote-host.ts';
import type { ChannelEnd } from './channel-end.ts';
import { unreachable } from './connection.ts';
import { execute } from './execute.ts';
import type { KeptConnection } from './kept-connection.ts';
import { createBeginning, shellUnfit } from './login-shell.ts';
import { createOutput } from './mask.ts';
import { asRoot, killAfterSeconds, refusedBySudo, sudoRefused } from './sudo.ts';

/** A node's machine with its kept connection: what reads, acts and files are done through. */
export interface Machine {
  readonly node: NodeName;
  readonly user: string;
  readonly clock: Clock;
  readonly connection: KeptConnection;
  /** Fires when the bot is to stop. */
  readonly stopping: AbortSignal;
  /** Where it is reached; known once a connect was tried. */
  place(): { name: string; host: string; port: number };
  /** Called for every command that is sent. */
  count(): void;
}

/** Beyond the remote timeout, in real seconds: after that the machine itself counts as hung. */
const graceSeconds = 30;

/** The real time to give a command whose remote timeout is this. */
export const guardFor = (timeoutSeconds: number) => timeoutSeconds + killAfterSeconds + graceSeconds;

/** Has the login shell run a marked line and collects what its command prints. Throws StepFailure ssh.shell-unfit. */
export async function collect(
  machine: Machine,
  line: string,
  options: { guardSeconds: number; stdin?: string },
): Promise<{ end: ChannelEnd; stdout: string; stderr: string }> {
  return machine.connection.use(async (connection) => {
    machine.count();
    const beginning = createBeginning();
    const stdout = createOutput();
    const stderr = createOutput();
    const end = await execute(connection, line, {
      guardSeconds: options.guardSeconds,
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      onStdout: (chunk) => stdout.push(beginning.push(chunk)),
      onStderr: (chunk) => stderr.push(chunk),
    });
    stdout.end();
    stderr.end();
    if (end.kind === 'exited' && !beginning.hasBegun()) {
      throw shellUnfit(nameAndUser(machine), beginning.greeting() + stderr.text());
    }
    return { end, stdout: stdout.text(), stderr: stderr.text() };
  });
}

/** A machine and its user, for messages. */
export const nameAndUser = ({ node, user }: Machine) => ({ name: node, user });

/** GNU timeout: 124 when the time was over, 137 when only SIGKILL helped. */
const timedOut = 124;
const killed = 137;

/** ports/remote-host.ts, `read`. */
export async function read(
  machine: Machine,
  argv: Argv,
  options: { timeoutSeconds?: number; stdin?: string } = {},
): Promise<CommandOutcome> {
  const timeoutSeconds = options.timeoutSeconds ?? 60;
  const began = machine.clock.elapsed();
  const { end, stdout, stderr } = await collect(machine, asRoot(argv, timeoutSeconds), {
    guardSeconds: guardFor(timeoutSeconds),
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  });
  switch (end.kind) {
    case 'lost':
      throw unreachable(machine.place(), `the connection was lost in the middle of "${argv[0]}"`);
    case 'hung':
      return { status: 'timed-out', afterSeconds: guardFor(timeoutSeconds), stdout, stderr };
    case 'exited': {
      if (refusedBySudo(end.code, stderr)) {
        throw sudoRefused(nameAndUser(machine), stderr);
      }
      // A command that somebody else killed (the kernel, out of memory) says 137 too, but before its time.
      const over = machine.clock.elapsed() - began >= timeoutSeconds * 1_000;
      if (end.code === timedOut || (end.code === killed && over)) {
        return { status: 'timed-out', afterSeconds: timeoutSeconds, stdout, stderr };
      }
      return { status: 'exited', code: end.code, stdout, stderr };
    }
    default:
      return assertNever(end);
  }
}
