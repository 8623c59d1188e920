import { NodeName } from '../../src/domain/names.ts';
import type { Act, ActOutcome, Argv, CommandOutcome, RemoteHost } from '../../src/ports/remote-host.ts';

export interface ScriptedHost extends RemoteHost {
  /** Everything that was asked of it, in order. */
  readonly asked: { readonly how: 'read' | 'act' | 'write'; readonly argv: Argv; readonly stdin?: string }[];
}

/** A machine that answers every command with what a function says; an answer that is a string is a success. */
export function scriptedHost(
  answer: (argv: Argv, stdin: string | undefined) => string | CommandOutcome = () => '',
  act: (act: Act) => ActOutcome = () => ({ status: 'exited', code: 0, output: '' }),
  node = 'cp-1',
): ScriptedHost {
  const asked: ScriptedHost['asked'] = [];
  return {
    node: NodeName.parse(node),
    asked,
    async read(argv, options) {
      asked.push({ how: 'read', argv, ...(options?.stdin === undefined ? {} : { stdin: options.stdin }) });
      const said = answer(argv, options?.stdin);
      return typeof said === 'string' ? { status: 'exited', code: 0, stdout: said, stderr: '' } : said;
    },
    async act(given) {
      asked.push({ how: 'act', argv: given.argv });
      return act(given);
    },
    async writeFile(path, content, mode) {
      asked.push({ how: 'write', argv: ['write', path, mode], stdin: content });
    },
    async download() {
      throw new Error('a scripted host has no files');
    },
    async upload() {
      throw new Error('a scripted host has no files');
    },
  };
}

/** A command that ended with a code. */
export function exited(code: number, stdout = '', stderr = ''): CommandOutcome {
  return { status: 'exited', code, stdout, stderr };
}
