import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Bash, defineCommand, InMemoryFs } from 'just-bash';
import { commandLine } from '../../src/adapters/ssh/quote.ts';
import { NodeName } from '../../src/domain/names.ts';
import type { ActOutcome, RemoteHost } from '../../src/ports/remote-host.ts';
import { nodePrograms } from './node-programs.ts';
import { filesOf, freshState, type NodeState } from './node-state.ts';
import type { WaitingClock } from './waiting-clock.ts';

export interface NodeWorld {
  readonly host: RemoteHost;
  readonly state: NodeState;
  readonly files: InMemoryFs;
  /** Every effect on the machine, in order: `apt-get install kubeadm=1.34.9-1.1`. */
  readonly journal: string[];
  readonly clock: WaitingClock;
  /** What becomes of the next act instead of its usual outcome; it runs all the same. */
  outcomeOfNextAct: ActOutcome | undefined;
}

export interface NodeWorldOptions {
  readonly clock: WaitingClock;
  readonly name?: string;
  readonly controlPlane?: boolean;
}

/** A machine with files, a shell and stand-ins for the programs that an upgrade calls; what runs on it is remembered. */
export function nodeWorld(options: NodeWorldOptions): NodeWorld {
  const { clock, name = 'cp-1', controlPlane = true } = options;
  const state = freshState(name, clock);
  const files = new InMemoryFs(filesOf(name, controlPlane));
  const journal: string[] = [];
  const acts = new Map<string, ActOutcome>();

  const customCommands = Object.entries(nodePrograms).map(([program, execute]) =>
    defineCommand(program, async (args) => {
      const overridden = state.override(program, args);
      const result = overridden ?? (await execute({ args, state, files, journal, clock, name }));
      return { stdout: '', stderr: '', ...result };
    }),
  );
  const bash = new Bash({ fs: files, customCommands, cwd: '/', defenseInDepth: false });
  const run = async (argv: readonly string[], stdin?: string) => {
    clock.advance(1_000);
    return bash.exec(commandLine(argv), { rawScript: true, ...(stdin === undefined ? {} : { stdin }) });
  };

  const host: RemoteHost = {
    node: NodeName.parse(name),
    async read(argv, readOptions = {}) {
      const { stdout, stderr, exitCode } = await run(argv, readOptions.stdin);
      return { status: 'exited', code: exitCode, stdout, stderr };
    },
    async act({ base, attempt, argv }) {
      const unit = `${base}-${attempt}`;
      const known = acts.get(unit);
      if (known) return known;
      const { stdout, stderr, exitCode } = await run(argv);
      const outcome = world.outcomeOfNextAct ?? { status: 'exited', code: exitCode, output: stdout + stderr };
      world.outcomeOfNextAct = undefined;
      acts.set(unit, outcome);
      return outcome;
    },
    async writeFile(path, content, mode) {
      await files.writeFile(path, content);
      await files.chmod(path, Number.parseInt(mode, 8));
      journal.push(`write ${path}`);
    },
    async download(path, localPath) {
      const content = Buffer.from(await files.readFileBuffer(path));
      await writeFile(localPath, content, { mode: 0o600 });
      return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    },
    async upload(localPath, path, mode) {
      const content = await readFile(localPath);
      await files.writeFile(path, content);
      await files.chmod(path, Number.parseInt(mode, 8));
      return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    },
  };
  const world: NodeWorld = { host, state, files, journal, clock, outcomeOfNextAct: undefined };
  return world;
}
