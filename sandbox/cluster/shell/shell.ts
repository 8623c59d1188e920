import { Bash, bytesOutput, type Command, latin1FromBytes, unsafeBytesFromLatin1 } from 'just-bash';

import type { ClusterModel } from '../model/cluster.ts';
import type { Machine } from '../model/machine.ts';
import { sshUser } from '../model/node-files.ts';
import type { Invocation, Program, ShellResult, SpawnOptions } from './program.ts';
import { SessionFiles } from './session-files.ts';

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const never = new AbortController().signal;

/** Loops of a shell that waits (`for i in $(seq 120); … sleep 1`) are fine; a runaway one ends. */
const limits = { maxCommandCount: 1_000_000, maxLoopIterations: 1_000_000, maxWorkUnits: 50_000_000 };

/** The shells of one machine: every command line gets a bash of its own over the machine's disk. */
export class Shells {
  readonly #model: ClusterModel;
  readonly #machine: Machine;
  readonly #programs: ReadonlyMap<string, Program>;

  constructor(model: ClusterModel, machine: Machine, programs: ReadonlyMap<string, Program>) {
    this.#model = model;
    this.#machine = machine;
    this.#programs = programs;
    // Once, so that PATH look-ups (`command -v kubeadm`) find every program on the disk.
    const stubs = this.#commands(new SessionFiles(machine.files, 'root'), 'root', never);
    void new Bash({ fs: machine.files, customCommands: stubs, defenseInDepth: false });
    machine.units.run = async ({ argv, environment, directory, umask, signal, stdout, stderr }) => {
      const sinks = { stdout, stderr };
      const options = { user: 'root', env: environment, cwd: directory, umask, signal };
      return (await this.#detached(argv, options, sinks)).code;
    };
  }

  /** Runs a command line as a user, as sshd hands it to the login shell. */
  async line(line: string, options: SpawnOptions): Promise<ShellResult> {
    return this.#bash(line, [], options);
  }

  /** Runs one program with exactly these arguments. */
  async argv(argv: string[], options: SpawnOptions): Promise<ShellResult> {
    const [name = '', ...args] = argv;
    return this.#bash(`'${name.replaceAll("'", `'\\''`)}'`, args, options);
  }

  // A unit's program writes as it goes where it is one of ours; a shell script's output comes when the script ends.
  async #detached(
    argv: string[],
    options: SpawnOptions,
    sinks: { stdout: (data: Uint8Array) => Promise<void>; stderr: (data: Uint8Array) => Promise<void> },
  ): Promise<ShellResult> {
    const [first = '', ...args] = argv;
    const name = first.replace(/^.*\//, '');
    const program = this.#programs.get(name);
    const user = options.user ?? 'root';
    const files = new SessionFiles(this.#machine.files, user, options.umask);
    if (program === undefined) {
      const result = await this.argv(argv, options);
      await sinks.stdout(result.stdout);
      await sinks.stderr(result.stderr);
      return result;
    }
    let written = Promise.resolve();
    const write = (sink: (data: Uint8Array) => Promise<void>) => (data: string | Uint8Array) => {
      written = written.then(() => sink(typeof data === 'string' ? Buffer.from(data) : data));
    };
    const env = new Map(Object.entries({ PATH: path, ...options.env }));
    const signal = options.signal ?? never;
    const code = await program({
      ...this.#base(name, args, user, files, signal),
      cwd: options.cwd ?? '/',
      env,
      stdin: options.stdin ?? Buffer.alloc(0),
      out: write(sinks.stdout),
      err: write(sinks.stderr),
    });
    await written;
    return { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), code };
  }

  async #bash(line: string, args: string[], options: SpawnOptions): Promise<ShellResult> {
    const user = options.user ?? sshUser;
    const home = user === 'root' ? '/root' : `/home/${user}`;
    const files = new SessionFiles(this.#machine.files, user, options.umask);
    const signal = options.signal ?? never;
    const uid = user === 'root' ? 0 : 1_000;
    const { clock } = this.#machine;
    const bash = new Bash({
      fs: files,
      customCommands: this.#commands(files, user, signal),
      defenseInDepth: false,
      cwd: options.cwd ?? home,
      env: {
        HOME: home,
        USER: user,
        LOGNAME: user,
        SHELL: '/bin/bash',
        PATH: path,
        HOSTNAME: this.#machine.name,
        ...options.env,
      },
      executionLimits: limits,
      processInfo: { uid, gid: uid },
      sleep: (ms) => clock.sleep(ms, signal),
    });
    const result = await bash.exec(line, {
      rawScript: true,
      args,
      stdin: (options.stdin ?? Buffer.alloc(0)).toString('latin1'),
      stdinKind: 'bytes',
      signal,
    });
    return {
      stdout: encoded(result.stdout),
      stderr: encoded(result.stderr),
      code: signal.aborted ? 255 : result.exitCode,
    };
  }

  #commands(files: SessionFiles, user: string, signal: AbortSignal): Command[] {
    return [...this.#programs].map(([name, program]) => ({
      name,
      trusted: true,
      execute: async (args, context) => {
        const stdout: Buffer[] = [];
        let stderr = '';
        const stop = context.signal === undefined ? signal : AbortSignal.any([signal, context.signal]);
        const code = await program({
          ...this.#base(name, args, user, files, stop),
          cwd: context.cwd,
          env: context.env,
          stdin: Buffer.from(latin1FromBytes(context.stdin), 'latin1'),
          out: (data) => void stdout.push(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data)),
          err: (data) => {
            stderr += data;
          },
        });
        return {
          ...bytesOutput(unsafeBytesFromLatin1(Buffer.concat(stdout).toString('latin1'))),
          stderr,
          exitCode: code,
        };
      },
    }));
  }

  #base(name: string, args: string[], user: string, files: SessionFiles, signal: AbortSignal) {
    const spawn: Invocation['spawn'] = (argv, options) =>
      this.argv(argv, { user, umask: files.umask, signal, ...options });
    return { name, args, machine: this.#machine, model: this.#model, user, files, signal, spawn };
  }
}

/**
 * Bytes of what bash returns as one string: text is decoded, output that is no UTF-8 stands as one character a byte. A
 * string that could be either counts as bytes when it holds control characters, which text does not.
 */
function encoded(text: string): Buffer {
  let high = false;
  let control = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 255) return Buffer.from(text, 'utf8');
    if (code > 127) high = true;
    if ((code < 32 && code !== 9 && code !== 10 && code !== 13 && code !== 27) || (code > 127 && code < 160))
      control = true;
  }
  return Buffer.from(text, high && control ? 'latin1' : 'utf8');
}
