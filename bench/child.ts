import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** A process beside the bench. */
export interface Child {
  /** The first line that it printed: it says so that it is ready. */
  readonly firstLine: string;
  /** Ends its standard input, which it takes as the word to end, and kills it when it does not. */
  stop(): Promise<void>;
}

const startMs = 60_000;
const stopMs = 10_000;

/** Starts a program of the bench and waits for its first line. @throws Error when there is none in a minute */
export async function startChild(
  file: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<Child> {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await exited;
    clearTimeout(timer);
  };
  const lines = createInterface(child.stdout);
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    exited.then(() => undefined),
    delay(startMs, undefined, { ref: false }),
  ]);
  if (first !== undefined) return { firstLine: first, stop };
  if (child.exitCode === null) child.kill('SIGKILL');
  throw new Error(`${file} did not start`);
}
