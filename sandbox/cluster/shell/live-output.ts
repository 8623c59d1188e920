import type { FileContent, TransformPlugin } from 'just-bash';

import type { NodeFiles } from '../model/files.ts';

/** The program that the plugin puts before a command whose output goes to a file. */
export const liveProgram = '__live_output';

/**
 * just-bash writes a redirected command's output when the command ends. Who follows a kubeadm that runs for minutes wants
 * to see it come: programs write into the file as they go, and what bash writes in the end is left out when it is there
 * already.
 */
export class LiveOutput {
  readonly #files: NodeFiles;
  readonly #path: string;
  #written = Promise.resolve();
  #stdout = 0;
  #stderr = 0;

  constructor(files: NodeFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  append(kind: 'stdout' | 'stderr', data: Uint8Array): void {
    if (kind === 'stdout') this.#stdout += data.length;
    else this.#stderr += data.length;
    // A full disk shows when bash writes; here it only means that nothing is seen before.
    this.#written = this.#written.then(() => this.#files.appendFile(this.#path, data)).catch(() => {});
  }

  /** Whether bash is about to write what has come already. */
  async hasAlready(path: string, content: FileContent): Promise<boolean> {
    if (path !== this.#path || content.length === 0) return false;
    await this.#written;
    return content.length === this.#stdout || content.length === this.#stderr;
  }
}

type Script = Parameters<TransformPlugin['transform']>[0]['ast'];
type Statement = Script['statements'][number];

/** Announces the file of every plain `COMMAND >FILE 2>&1`, so that programs can write to it while they run. */
export const liveOutputPlugin: TransformPlugin = {
  name: 'live-output',
  transform: ({ ast }) => ({ ast: { ...ast, statements: ast.statements.flatMap(announced) } }),
};

function announced(statement: Statement): Statement[] {
  const [pipeline, ...others] = statement.pipelines;
  const [command, ...rest] = pipeline?.commands ?? [];
  if (pipeline === undefined || others.length > 0 || rest.length > 0 || command?.type !== 'SimpleCommand')
    return [statement];
  const file = command.redirections.find(({ fd, operator }) => (fd === null || fd === 1) && operator === '>');
  const both = command.redirections.some(({ fd, operator }) => fd === 2 && operator === '>&');
  if (file === undefined || file.target.type !== 'Word' || !both) return [statement];
  const name = { type: 'Word' as const, parts: [{ type: 'Literal' as const, value: liveProgram }] };
  const announcement = {
    type: 'SimpleCommand' as const,
    assignments: [],
    name,
    args: [file.target],
    redirections: [],
  };
  return [
    {
      ...statement,
      background: false,
      pipelines: [{ ...pipeline, negated: false, timed: false, commands: [announcement] }],
      operators: [],
    },
    statement,
  ];
}
