import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const endWithParent = new URL('end-with-parent.ts', import.meta.url).href;

/** The bot as its users run it: the program's own entry point in a process of its own, which can be killed. */
export interface AppProcess {
  /** Starts it and resolves when it says that it is ready. */
  start(): Promise<void>;
  /** SIGKILL: no chance to clean up. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and SIGKILL for one that does not end within 15 s. */
  stop(): Promise<void>;
}

export function createAppProcess(options: {
  configPath: string;
  environment: Record<string, string>;
  healthPort: number;
  logPath: string;
  /** Told when it ends though nobody asked it to. */
  onUnexpectedEnd: (code: number | null, lastWords: string) => void;
}): AppProcess {
  let child: ChildProcess | undefined;
  let log: WriteStream | undefined;
  let lastWords = '';

  const gone = (process: ChildProcess): Promise<void> =>
    process.exitCode !== null || process.signalCode !== null
      ? Promise.resolve()
      : new Promise((resolve) => process.once('exit', () => resolve()));

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = undefined;
    if (!ending) return;
    ending.kill(signal);
    const hard = setTimeout(() => ending.kill('SIGKILL'), 15_000);
    await gone(ending);
    clearTimeout(hard);
    log?.end();
  };

  return {
    async start() {
      log = createWriteStream(options.logPath, { flags: 'a' });
      lastWords = '';
      const started = spawn(process.execPath, ['--import', endWithParent, program], {
        env: { ...process.env, ...options.environment, K8S_UPGRADE_BOT_CONFIG: options.configPath },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      child = started;
      for (const stream of [started.stdout, started.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          log?.write(chunk);
          lastWords = (lastWords + chunk.toString('utf8')).slice(-4_000);
        });
      }
      started.once('exit', (code) => {
        if (child === started) options.onUnexpectedEnd(code, lastWords);
      });
      await untilReady(options.healthPort, started, () => lastWords);
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

async function untilReady(port: number, process: ChildProcess, lastWords: () => string): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (Date.now() < deadline && process.exitCode === null) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(
    process.exitCode === null
      ? `The bot did not become ready within 90 s\n${lastWords()}`
      : `The bot ended by itself (code ${process.exitCode}) before it was ready\n${lastWords()}`,
  );
}
