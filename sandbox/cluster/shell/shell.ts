import { Bash, bytesOutput, type Command, latin1FromBytes, unsafeBytesFromLatin1 } from 'just-bash';

import type { ClusterModel } from '../model/cluster.ts';
import type { Machine } from '../model/machine.ts';
import { sshUser } from '../model/node-files.ts';
import { LiveOutput, liveOutputPlugin, liveProgram } from './live-output.ts';
import type { Invocation, Program, ShellResult, SpawnOptions } from './program.ts';
import { SessionFiles } from './session-files.ts';

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const never = new AbortController().signal;

/** Loops of a shell that waits (`for i in $(seq 120); … sleep 1`) are fine; a runaway one ends. */
const limits = { maxCommandCount: 1_000_000, maxLoopIterations: 1_000_000, maxWorkUnits: 50_000_000 };

/**
 * However fast the clock, a shell's sleep takes this many real milliseconds (less where it asks for less), so that a
 * polling script does not eat the processor.
 */
const sleepFloor = 20;

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
    machine.units.run = ({ argv, environment, directory, umask, signal, stdout, stderr }) => {
      const options = { user: 'root', env: environment, cwd: directory, umask, signal };
      return this.#detached(argv, options, stdout, stderr);
    };
  }

  /** Runs a command line as a user, as sshd hands it to the login shell. */
  line(line: string, options: SpawnOptions): Promise<ShellResult> {
    return this.#bash(line, [], options);
  }

  /** Runs one program with exactly these arguments. */
  argv(argv: string[], options: SpawnOptions): Promise<ShellResult> {
    const [name = '', ...args] = argv;
    return this.#bash(`'${name.replaceAll("'", `'\\''`)}'`, args, options);
  }

  // A unit's program writes as it goes where it is one of ours; a shell script's output comes when the script ends.
  async #detached(argv: string[], options: SpawnOptions, stdout: Sink, stderr: Sink): Promise<number> {
    const [first = '', ...args] = argv;
    const name = first.replace(/^.*\//, '');
    const program = this.#programs.get(name);
    if (program === undefined || shells.has(name)) {
      const result = await this.argv(argv, options);
      await stdout(result.stdout);
      await stderr(result.stderr);
      return result.code;
    }
    let written = Promise.resolve();
    const write = (sink: Sink) => (data: string | Uint8Array) => {
      written = written.then(() => sink(typeof data === 'string' ? Buffer.from(data) : data));
    };
    const user = options.user ?? 'root';
    const files = new SessionFiles(this.#machine.files, user, options.umask);
    const code = await program({
      ...this.#base(name, args, user, files, options.signal ?? never),
      cwd: options.cwd ?? '/',
      env: new Map(Object.entries({ PATH: path, ...options.env })),
      stdin: options.stdin ?? Buffer.alloc(0),
      original: undefined,
      relay: () => 127,
      out: write(stdout),
      err: write(stderr),
    });
    await written;
    return code;
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
      processInfo: { pid: 2_000 + this.#model.random.integer(30_000), uid, gid: uid },
      sleep: (ms) => clock.sleep(Math.max(ms, Math.min(ms, sleepFloor) * clock.scale), signal),
    });
    bash.registerTransformPlugin(liveOutputPlugin);
    const stdin = (options.stdin ?? Buffer.alloc(0)).toString('latin1');
    const result = await bash
      .exec(line, { rawScript: true, args, stdin, stdinKind: 'bytes', signal })
      .catch(refusedRedirection);
    return {
      stdout: encoded(result.stdout),
      stderr: encoded(result.stderr),
      code: signal.aborted ? 255 : result.exitCode,
    };
  }

  #commands(files: SessionFiles, user: string, signal: AbortSignal): Command[] {
    return [
      this.#liveCommand(files),
      ...[...this.#programs].map(([name, program]) => this.#command(name, program, files, user, signal)),
    ];
  }

  #liveCommand(files: SessionFiles): Command {
    return {
      name: liveProgram,
      execute: async ([file = ''], context) => {
        files.live = new LiveOutput(files.disk, files.resolvePath(context.cwd, file));
        return { stdout: '', stderr: '', exitCode: 0 };
      },
    };
  }

  #command(name: string, program: Program, files: SessionFiles, user: string, signal: AbortSignal): Command {
    return {
      name,
      trusted: true,
      execute: async (args, context) => {
        const stdout: Buffer[] = [];
        const stderr: Buffer[] = [];
        // What a command substitution takes is not shown to anybody.
        const live = (context.substitutionDepth ?? 0) === 0 ? files.live : undefined;
        const keep = (kind: 'stdout' | 'stderr') => (data: string | Uint8Array) => {
          const bytes = Buffer.from(typeof data === 'string' ? Buffer.from(data) : data);
          (kind === 'stdout' ? stdout : stderr).push(bytes);
          live?.append(kind, bytes);
        };
        const { origCommand } = context;
        const relay = (result: ShellResult) => {
          stdout.push(result.stdout);
          stderr.push(result.stderr);
          return result.code;
        };
        const code = await program({
          ...this.#base(
            name,
            args,
            user,
            files,
            context.signal === undefined ? signal : AbortSignal.any([signal, context.signal]),
          ),
          cwd: context.cwd,
          env: new Map(Object.entries(context.exportedEnv ?? Object.fromEntries(context.env))),
          stdin: Buffer.from(latin1FromBytes(context.stdin), 'latin1'),
          original:
            origCommand === undefined
              ? undefined
              : async (words) => {
                  const result = await origCommand(words);
                  return {
                    stdout: encoded(result.stdout),
                    stderr: encoded(result.stderr),
                    code: result.exitCode,
                  };
                },
          relay,
          out: keep('stdout'),
          err: keep('stderr'),
        });
        return {
          ...bytesOutput(unsafeBytesFromLatin1(Buffer.concat(stdout).toString('latin1'))),
          stderr: Buffer.concat(stderr).toString('utf8'),
          exitCode: code,
        };
      },
    };
  }

  #base(name: string, args: string[], user: string, files: SessionFiles, signal: AbortSignal) {
    const spawn: Invocation['spawn'] = (argv, options) =>
      this.argv(argv, { user, umask: files.umask, signal, ...options });
    return { name, args, machine: this.#machine, model: this.#model, user, files, signal, spawn };
  }
}

/** just-bash throws what the file system says of a redirection's file, where a real shell goes on with status 1. */
function refusedRedirection(error: unknown): { stdout: string; stderr: string; exitCode: number } {
  const [, code, path] = /^(EACCES|ENOSPC): .*'(.*)'/.exec(error instanceof Error ? error.message : '') ?? [];
  if (code === undefined) throw error;
  const words = code === 'EACCES' ? 'Permission denied' : 'No space left on device';
  return { stdout: '', stderr: `bash: ${path ?? ''}: ${words}\n`, exitCode: 1 };
}

type Sink = (data: Uint8Array) => Promise<void>;

const shells = new Set(['sh', 'bash', 'dash']);

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
    if (code < 32 && code !== 9 && code !== 10 && code !== 13 && code !== 27) control = true;
    else if (code > 127 && code < 160) control = true;
  }
  return Buffer.from(text, high && control ? 'latin1' : 'utf8');
}
