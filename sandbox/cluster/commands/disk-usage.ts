import type { Invocation, Program } from '../shell/program.ts';
import { readArguments } from './arguments.ts';
import { problemWith } from './file-errors.ts';

/** du -s and -k: what files take, or are said to take. */
export const du: Program = async (run) => {
  const args = readArguments(run.args, ['d', 'max-depth', 'B', 'block-size']);
  let code = 0;
  for (const path of args.rest.length > 0 ? args.rest : ['.']) {
    try {
      const bytes = await bytesBelow(run, run.files.resolvePath(run.cwd, path));
      run.out(`${Math.ceil(bytes / 1_024)}\t${path}\n`);
    } catch (error) {
      run.err(`du: ${problemWith(error, path, 'cannot access')}\n`);
      code = 1;
    }
  }
  return code;
};

async function bytesBelow(run: Invocation, path: string): Promise<number> {
  const stat = await run.files.lstat(path);
  if (!stat.isDirectory) return run.machine.fileBytes.get(path) ?? stat.size;
  let bytes = 4_096;
  for (const name of await run.files.readdir(path)) bytes += await bytesBelow(run, `${path}/${name}`);
  return bytes;
}
