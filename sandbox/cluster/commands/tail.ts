import type { Program } from '../shell/program.ts';
import { forward } from '../shell/program.ts';
import { last, readArguments } from './arguments.ts';
import { problemWith } from './file-errors.ts';

/** tail with `-c +N`, from byte N on, which just-bash takes for the last N bytes; all else as just-bash has it. */
export const tail: Program = async (run) => {
  const args = readArguments(run.args, ['c', 'bytes', 'n', 'lines', 's', 'pid']);
  const [, from] = /^\+(\d+)$/.exec(last(args, 'c', 'bytes') ?? '') ?? [];
  if (from === undefined) {
    return run.original === undefined ? 127 : forward(run, await run.original(run.args));
  }
  const start = Math.max(0, Number(from) - 1);
  const [path] = args.rest;
  if (path === undefined || path === '-') {
    run.out(run.stdin.subarray(start));
    return 0;
  }
  try {
    run.out((await run.files.readFileBuffer(run.files.resolvePath(run.cwd, path))).subarray(start));
    return 0;
  } catch (error) {
    run.err(`tail: ${problemWith(error, path, 'cannot open')}\n`);
    return 1;
  }
};
