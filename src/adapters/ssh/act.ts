import { z } from 'zod';
import { assertNever } from '../../domain/assert-never.ts';
import { StepFailure } from '../../domain/failure.ts';
import type { Act, ActOutcome, ActState, OnOutput, Reach } from '../../ports/remote-host.ts';
import { frameReader } from './act-frames.ts';
import { type ActOutput, createActOutput, type PlacedLines } from './act-output.ts';
import { type ActReport, reportReader } from './act-report.ts';
import { commandFile, startAndFollow } from './act-scripts.ts';
import { unreachable } from './connection.ts';
import { execute } from './execute.ts';
import { createBeginning, shellUnfit } from './login-shell.ts';
import { guardFor, type Machine, nameAndUser } from './machine.ts';
import { masking } from './mask.ts';
import { asRoot, refusedBySudo, sudoRefused } from './sudo.ts';

/** The longest that one remote command follows an act; output streams meanwhile. */
const followSeconds = 20;
const pollsPerSecond = 5;

/** GNU timeout: 124, or 137 where only SIGKILL helped. */
const cutByTimeout: ReadonlySet<number> = new Set([124, 137]);

const firstPauseMs = 500;
const longestPauseMs = 10_000;
/** A restart of sshd or of a switch is no news; the loss itself shows only after a minute of silence. */
const untoldMs = 15_000;

/** What an act must be like; it names a unit and a directory. */
const ValidAct = z.object({
  base: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9:_.-]{0,199}$/),
  attempt: z.number().int().min(1).max(10_000),
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).optional(),
});

/** One act as it is followed over any number of connections. */
interface Following {
  readonly act: Pick<Act, 'base' | 'attempt'>;
  /** What its unit runs; empty to start nothing. */
  readonly command: string;
  readonly output: ActOutput;
  /** The attempt under which it runs, as far as the machine has said. */
  attempt: number;
  readonly onOutput: OnOutput;
  /** Whether the machine has ever answered about it: from then on it is known to have been started. */
  confirmed: boolean;
  readonly patience: ReturnType<typeof createPatience>;
}

/** ports/remote-host.ts, `act`. The protocol is in act-scripts.ts. */
export async function act(
  machine: Machine,
  directory: string,
  what: Act,
  onOutput: OnOutput = () => undefined,
  onReach: (reach: Reach) => void = () => undefined,
): Promise<ActOutcome> {
  ValidAct.parse(what);
  const deadline = machine.clock.elapsed() + what.waitSeconds * 1_000;
  const left = () => deadline - machine.clock.elapsed();
  const patience = createPatience(machine, onReach);
  const following: Following = {
    act: what,
    command: commandFile(what),
    output: createActOutput(),
    attempt: what.attempt,
    onOutput,
    confirmed: false,
    patience,
  };

  for (let first = true; ; first = false) {
    const seconds = Math.max(0, Math.min(followSeconds, Math.ceil(left() / 1_000)));
    let report: ActReport;
    try {
      report = await follow(machine, directory, following, seconds);
    } catch (error) {
      // Never reached at all: that is for the caller to try again, nothing hangs on it here.
      if (first && !(error instanceof LostOnTheWay)) throw error;
      const failure = error instanceof LostOnTheWay ? error.failure : error;
      if (!patience.with(failure)) throw failure;
      if (left() <= 0) {
        if (!following.confirmed) throw failure;
        return stillRunning(following, what);
      }
      await patience.pause(left());
      continue;
    }
    const outcome = outcomeOf(machine, following, report);
    if (outcome) return outcome;
    if (left() <= 0) return stillRunning(following, what);
  }
}

/** The connection broke after the command was sent. */
class LostOnTheWay extends Error {
  readonly failure: StepFailure;
  constructor(failure: StepFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

async function follow(
  machine: Machine,
  directory: string,
  following: Following,
  seconds: number,
): Promise<ActReport> {
  const { base, attempt } = following.act;
  // Twice the time and more: a busy machine sleeps longer than it was told.
  const timeoutSeconds = seconds * 2 + 60;
  const line = asRoot(
    [
      'sh',
      '-c',
      startAndFollow,
      'k8s-upgrade-bot',
      directory,
      base,
      String(attempt),
      String(following.output.offset()),
      String(seconds * pollsPerSecond),
      following.command,
    ],
    timeoutSeconds,
  );
  const reader = reportReader(() => {
    following.confirmed = true;
    following.patience.renew();
  });
  const beginning = createBeginning();
  let listenerFailed: { error: unknown } | undefined;
  const pieces = frameReader((attemptNow, offset, bytes) => {
    following.attempt = attemptNow;
    const placed = following.output.push(offset, bytes);
    try {
      tell(following, placed);
    } catch (error) {
      listenerFailed ??= { error };
    }
  });
  const end = await machine.connection.use((connection) => {
    machine.count();
    return execute(connection, line, {
      guardSeconds: guardFor(timeoutSeconds),
      onStdout: (chunk) => pieces(beginning.push(chunk)),
      onStderr: (chunk) => reader.push(chunk),
    });
  });
  if (listenerFailed) throw listenerFailed.error;
  const { report, words } = reader.end();
  if (report) return report;
  if (end.kind === 'exited' && refusedBySudo(end.code, words)) {
    throw sudoRefused(nameAndUser(machine), words);
  }
  if (end.kind === 'exited' && !beginning.hasBegun()) {
    throw shellUnfit(nameAndUser(machine), `${beginning.greeting()}${words}`);
  }
  // A machine too busy to look on in time: the act is there, and is followed again.
  const tooSlow = end.kind === 'exited' && cutByTimeout.has(end.code) && following.confirmed;
  if (tooSlow) throw new LostOnTheWay(unreachable(machine.place(), 'it takes too long to answer'));
  if (end.kind === 'exited') return { kind: 'untellable', words };
  const reason = end.kind === 'lost' ? 'the connection was lost' : 'it does not answer any more';
  throw new LostOnTheWay(unreachable(machine.place(), reason));
}

function tell({ attempt, onOutput }: Following, placed: readonly PlacedLines[]): void {
  for (const { lines, from, ends } of placed) onOutput(lines, { attempt, from, ends });
}

/** The outcome that a report means; undefined to go on following. */
function outcomeOf(machine: Machine, following: Following, report: ActReport): ActOutcome | undefined {
  switch (report.kind) {
    case 'running':
      return undefined;
    case 'exited':
      tell(following, following.output.end());
      return { status: 'exited', code: report.code, output: following.output.text() };
    case 'unknown':
      tell(following, following.output.end());
      return { status: 'unknown', reason: report.reason, output: following.output.text() };
    case 'busy':
      throw new StepFailure(
        'command.still-running',
        `${machine.node}: a command of another run (${report.base}) still runs there; nothing is begun beside it.`,
        { facts: { node: machine.node, act: report.base }, retry: 'transient' },
      );
    case 'none':
      throw new Error('a command was to be started and was only looked for');
    case 'not-started':
    case 'untellable':
      throw notStarted(machine, masking(report.words).split('\n').slice(-10));
    default:
      return assertNever(report);
  }
}

/** Nothing ran, or it runs and will be found: trying again is safe either way. */
function notStarted(machine: Machine, lastWords: readonly string[]): StepFailure {
  if (lastWords.some((line) => line.includes('No space left on device'))) {
    return new StepFailure(
      'node.disk-full',
      `The disk of ${machine.node} is full: nothing can be started there`,
      {
        facts: { node: machine.node },
        lastWords,
      },
    );
  }
  return new StepFailure('command.failed', `systemd on ${machine.node} did not start the command`, {
    facts: { node: machine.node },
    lastWords,
    retry: 'transient',
  });
}

function stillRunning({ output }: Following, { waitSeconds }: Act): ActOutcome {
  return { status: 'still-running', afterSeconds: waitSeconds, output: output.text() };
}

/** ports/remote-host.ts, NodeUpkeep.readOutput: one look, by the same script that follows. */
export async function readOutput(
  machine: Machine,
  directory: string,
  which: Pick<Act, 'base' | 'attempt'>,
  from: number,
  onOutput: OnOutput,
): Promise<ActState> {
  ValidAct.parse(which);
  const output = createActOutput(from);
  const patience = createPatience(machine);
  const { attempt } = which;
  const following: Following = {
    act: which,
    command: '',
    output,
    attempt,
    onOutput,
    confirmed: false,
    patience,
  };
  let report: ActReport;
  try {
    report = await follow(machine, directory, following, 0);
  } catch (error) {
    throw error instanceof LostOnTheWay ? error.failure : error;
  }
  switch (report.kind) {
    case 'running':
    case 'busy':
      return { status: 'running' };
    case 'exited':
      tell(following, output.end());
      return { status: 'exited', code: report.code };
    case 'unknown':
      tell(following, output.end());
      return { status: 'unknown', reason: report.reason };
    case 'none':
    case 'not-started':
      return { status: 'none' };
    case 'untellable':
      throw new StepFailure('command.failed', `${machine.node}: what a command printed cannot be read`, {
        facts: { node: machine.node },
        lastWords: masking(report.words).split('\n').slice(-5),
        retry: 'transient',
      });
    default:
      return assertNever(report);
  }
}

/** Pauses between tries to get back to a machine, longer each time until it has answered. */
function createPatience(machine: Machine, onReach: (reach: Reach) => void = () => undefined) {
  let pauseMs = firstPauseMs;
  let awaySince: number | undefined;
  let isTold = false;
  const secondsAway = () => Math.round((machine.clock.elapsed() - (awaySince ?? 0)) / 1_000);
  return {
    renew() {
      if (isTold) onReach({ status: 'back', seconds: secondsAway() });
      pauseMs = firstPauseMs;
      awaySince = undefined;
      isTold = false;
    },
    /** A machine that is away may come back, for as long as the caller waits; one that says no will not. */
    with: (failure: unknown) =>
      failure instanceof StepFailure && failure.code === 'ssh.unreachable' && !machine.stopping.aborted,
    async pause(atMostMs: number) {
      awaySince ??= machine.clock.elapsed();
      if (!isTold && machine.clock.elapsed() - awaySince >= untoldMs) {
        isTold = true;
        onReach({ status: 'away', seconds: secondsAway() });
      }
      await machine.clock.sleep(Math.min(pauseMs, atMostMs), machine.stopping);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    },
  };
}
