import { assertNever } from '../domain/assert-never.ts';
import { StepFailure } from '../domain/failure.ts';
import type { NodeName } from '../domain/names.ts';
import type { ActEnding } from '../ports/output-store.ts';
import type { ActOutcome, Argv, Reach, RemoteHost } from '../ports/remote-host.ts';
import type { ActLog } from '../ports/step-handler.ts';
import { lastWords } from './last-words.ts';

/** Which act of which attempt this is, and how long to wait for it. */
export interface ActCall {
  readonly base: string;
  readonly attempt: number;
  readonly waitSeconds: number;
  /** Stops the waiting, never the act. */
  readonly signal: AbortSignal;
  /** Output as it comes, masked, whole lines. */
  readonly onOutput?: (lines: readonly string[]) => void;
  /** What people are to know beside the output: that the machine is away, and back. */
  readonly note?: (text: string) => void;
  /** Begins the record that keeps the whole output. */
  readonly record?: (act: { node: NodeName; base: string; purpose: string }) => ActLog;
}

export interface ActSpec {
  readonly argv: Argv;
  /** What is being done, for the sentence of a failure: `installing kubeadm`. */
  readonly purpose: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Names the failure that the output of an exit status other than 0 tells of; undefined: `command.failed`. */
  readonly classify?: (output: string, code: number) => StepFailure | undefined;
}

export type Actor = Pick<RemoteHost, 'node' | 'act'>;

/**
 * Runs a long act to its end and gives its output. Throws what `classify` says, `command.outcome-unknown` when nobody
 * can tell how it ended (the executor then observes the facts), `command.still-running` when it still runs after
 * `waitSeconds`: it goes on, the next attempt attaches to it, and a person may have it stopped.
 */
export async function perform(host: Actor, call: ActCall, spec: ActSpec): Promise<string> {
  const { base, attempt, waitSeconds } = call;
  const environment = spec.environment === undefined ? {} : { environment: spec.environment };
  const act = { base, attempt, argv: spec.argv, waitSeconds, ...environment };
  const outcome = await recorded(host, call, spec.purpose, (onOutput) =>
    host.act(act, onOutput, (reach) => call.note?.(reachText(host.node, spec.purpose, reach))),
  );
  const facts = { node: host.node, purpose: spec.purpose };
  const words = lastWords(outcome.output);
  if (outcome.status === 'still-running') {
    throw new StepFailure(
      'command.still-running',
      `${host.node}: ${spec.purpose} still runs after ${outcome.afterSeconds} s, and goes on.`,
      { facts, lastWords: words, act: { node: host.node, base, attempt } },
    );
  }
  if (outcome.status === 'unknown') {
    throw new StepFailure(
      'command.outcome-unknown',
      `${host.node}: nobody can tell how ${spec.purpose} ended (${outcome.reason}).`,
      { facts, lastWords: words },
    );
  }
  if (outcome.code === 0) return outcome.output;
  throw (
    spec.classify?.(outcome.output, outcome.code) ??
    new StepFailure(
      'command.failed',
      `${host.node}: ${spec.purpose} failed with exit status ${outcome.code}.`,
      {
        facts: { ...facts, exit: String(outcome.code) },
        lastWords: words,
      },
    )
  );
}

function reachText(node: NodeName, purpose: string, { status, seconds }: Reach): string {
  return status === 'away'
    ? `${node}: it does not answer over SSH any more; ${purpose} goes on there by itself, and is found when it answers`
    : `${node}: it answers again, after ${seconds} s`;
}

/** Whatever comes of it, what was read until then is kept before anybody hears of it. */
async function recorded(
  host: Actor,
  call: ActCall,
  purpose: string,
  act: (onOutput: ActLog['output']) => Promise<ActOutcome>,
): Promise<ActOutcome> {
  const log = call.record?.({ node: host.node, base: call.base, purpose });
  let ending: ActEnding | undefined;
  try {
    const outcome = await unlessAborted(
      act((lines, place) => {
        call.onOutput?.(lines);
        log?.output(lines, place);
      }),
      call.signal,
    );
    ending = endingOf(outcome);
    return outcome;
  } finally {
    await log?.ended(ending);
  }
}

function endingOf(outcome: ActOutcome): ActEnding | undefined {
  switch (outcome.status) {
    case 'exited':
      return { status: 'exited', code: outcome.code };
    case 'unknown':
      return { status: 'unknown', reason: outcome.reason };
    case 'still-running':
      return undefined;
    default:
      return assertNever(outcome);
  }
}

/** The promise's outcome, or the signal's reason as soon as it fires: the process is to stop, the act is not. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  // Whichever loses the race may still reject; nobody waits for it any more.
  promise.catch(() => undefined);
  aborted.catch(() => undefined);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
