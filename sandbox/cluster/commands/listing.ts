import type { Invocation, Program } from '../shell/program.ts';
import { forward } from '../shell/program.ts';
import { readArguments } from './arguments.ts';
import { letters, problemWith } from './file-errors.ts';

/** ls: the long form with modes and owners as they are, the rest as just-bash has it. */
export const ls: Program = async (run) => {
  const args = readArguments(run.args, []);
  const flags = [...args.options.keys()]
    .filter((key) => /^[a-zA-Z1]+$/.test(key) && key.length <= 5)
    .join('');
  if (!flags.includes('l') || run.original === undefined) {
    if (run.original === undefined) return 1;
    const result = await run.original(run.args);
    // Whoever may not read a directory is told so, and not that there is none.
    if (result.code !== 0) for (const path of args.rest) await deny(run, path);
    return forward(run, result);
  }
  const paths = args.rest.length > 0 ? args.rest : ['.'];
  let code = 0;
  const queue = [...paths];
  for (let number = 0; queue.length > 0; number++) {
    const path = queue.shift() as string;
    try {
      const below = await show(run, path, flags, paths.length > 1 || flags.includes('R'), number > 0);
      if (flags.includes('R')) queue.unshift(...below);
    } catch (error) {
      run.err(`ls: ${problemWith(error, path, 'cannot access')}\n`);
      code = 2;
    }
  }
  return code;
};

async function deny(run: Invocation, path: string): Promise<void> {
  try {
    await run.files.readdir(run.files.resolvePath(run.cwd, path));
  } catch (error) {
    if (/EACCES/.test(String(error))) run.err(`ls: cannot open directory '${path}': Permission denied\n`);
  }
}

async function show(
  run: Invocation,
  path: string,
  flags: string,
  titled: boolean,
  later: boolean,
): Promise<string[]> {
  const full = run.files.resolvePath(run.cwd, path);
  const stat = await run.files.lstat(full);
  if (!stat.isDirectory || flags.includes('d')) {
    run.out(await row(run, full, path));
    return [];
  }
  const hidden = flags.includes('a') || flags.includes('A');
  const names = (await run.files.readdir(full)).filter((name) => hidden || !name.startsWith('.')).sort();
  if (titled) run.out(`${later ? '\n' : ''}${path}:\n`);
  run.out(`total ${names.length * 4}\n`);
  if (flags.includes('a')) {
    run.out(await row(run, full, '.'));
    run.out(await row(run, full.replace(/\/[^/]*$/, '') || '/', '..'));
  }
  const below: string[] = [];
  for (const name of names) {
    const each = `${full === '/' ? '' : full}/${name}`;
    run.out(await row(run, each, name));
    if ((await run.files.lstat(each)).isDirectory) below.push(`${path.replace(/\/$/, '')}/${name}`);
  }
  return below;
}

async function row(run: Invocation, path: string, name: string): Promise<string> {
  const stat = await run.files.lstat(path);
  const kind = stat.isDirectory ? 'd' : stat.isSymbolicLink ? 'l' : '-';
  const owner = run.files.ownerOf(path);
  const [, month = '', day = ''] = /^\w+, (\d+) (\w+)/.exec(stat.mtime.toUTCString()) ?? [];
  const size = String(stat.isDirectory ? 4_096 : stat.size).padStart(5);
  const target = stat.isSymbolicLink ? ` -> ${await run.files.readlink(path)}` : '';
  return `${kind}${letters(stat.mode)} 1 ${owner} ${owner} ${size} ${day} ${month.padStart(2)} ${stat.mtime.toISOString().slice(11, 16)} ${name}${target}\n`;
}

/** cat that tells a refused file from a missing one. */
export const cat: Program = async (run) => {
  const args = readArguments(run.args, []);
  if (args.options.size > 0 && run.original !== undefined) return forward(run, await run.original(run.args));
  if (args.rest.length === 0) run.out(run.stdin);
  let code = 0;
  for (const path of args.rest) {
    if (path === '-' || path === '/dev/stdin') {
      run.out(run.stdin);
      continue;
    }
    try {
      const full = run.files.resolvePath(run.cwd, path);
      if ((await run.files.stat(full)).isDirectory) {
        run.err(`cat: ${path}: Is a directory\n`);
        code = 1;
      } else run.out(await run.files.readFileBuffer(full));
    } catch (error) {
      run.err(`cat: ${problemWith(error, path)}\n`);
      code = 1;
    }
  }
  return code;
};

/** just-bash's sha256sum does not know that `--` ends the options. */
export const sha256sum: Program = async (run) => {
  const args = run.args[0] === '--' ? run.args.slice(1) : run.args;
  return run.original === undefined ? 127 : forward(run, await run.original(args));
};

/** mkdir with -p, -m and -v. */
export const mkdir: Program = async (run) => {
  const args = readArguments(run.args, ['m', 'mode']);
  const mode = args.options.get('m')?.at(-1) ?? args.options.get('mode')?.at(-1);
  const parents = [...args.options.keys()].some((key) => key === 'parents' || /^[pv]+$/.test(key));
  let code = 0;
  for (const path of args.rest) {
    const full = run.files.resolvePath(run.cwd, path);
    try {
      if (await run.files.exists(full)) {
        if (parents && (await run.files.stat(full)).isDirectory) continue;
        run.err(`mkdir: cannot create directory ‘${path}’: File exists\n`);
        code = 1;
        continue;
      }
      await run.files.mkdir(full, { recursive: parents });
      if (mode !== undefined) await run.files.chmod(full, Number.parseInt(mode, 8));
    } catch (error) {
      run.err(`mkdir: ${problemWith(error, path, 'cannot create directory')}\n`);
      code = 1;
    }
  }
  return code;
};
