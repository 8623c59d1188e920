import type { Invocation, Program } from '../shell/program.ts';
import { last, readArguments } from './arguments.ts';
import { letters, problemWith } from './file-errors.ts';

const absolute = (run: Invocation, path: string) => run.files.resolvePath(run.cwd, path);
const baseName = (path: string) => path.replace(/\/+$/, '').replace(/^.*\//, '');

/** cp with -a, -p, -r, -f, -n, -t: modes are kept, owners and times with -a or -p. */
export const cp: Program = async (run) => {
  const args = readArguments(run.args, ['t', 'target-directory']);
  const flags = [...args.options.keys()].filter((key) => key.length <= 4).join('');
  const keep = /[ap]/.test(flags) || args.options.has('archive') || args.options.has('preserve');
  const recursive = /[arR]/.test(flags) || args.options.has('recursive') || args.options.has('archive');
  const given = last(args, 't', 'target-directory');
  const sources = given === undefined ? args.rest.slice(0, -1) : args.rest;
  const target = given ?? args.rest.at(-1);
  if (target === undefined || sources.length === 0) {
    run.err(`cp: missing ${args.rest.length === 0 ? 'file' : 'destination file'} operand\n`);
    return 1;
  }
  let code = 0;
  const to = absolute(run, target);
  const intoDirectory = (await run.files.exists(to)) && (await run.files.stat(to)).isDirectory;
  if (!intoDirectory && sources.length > 1) {
    run.err(`cp: target '${target}' is not a directory\n`);
    return 1;
  }
  for (const source of sources) {
    const from = absolute(run, source);
    try {
      const stat = await run.files.stat(from);
      if (stat.isDirectory && !recursive) {
        run.err(`cp: -r not specified; omitting directory '${source}'\n`);
        code = 1;
        continue;
      }
      const contents = source.endsWith('/.');
      await copy(
        run,
        from,
        intoDirectory && !contents ? `${to}/${baseName(source)}`.replace('//', '/') : to,
        keep,
      );
    } catch (error) {
      run.err(
        `cp: ${problemWith(error, source, /ENOENT/.test(String(error)) ? 'cannot stat' : 'cannot open')}\n`,
      );
      code = 1;
    }
  }
  return code;
};

async function copy(run: Invocation, from: string, to: string, keep: boolean): Promise<void> {
  const stat = await run.files.lstat(from);
  if (stat.isSymbolicLink && keep) {
    if (await run.files.exists(to)) await run.files.rm(to);
    await run.files.symlink(await run.files.readlink(from), to);
    return;
  }
  const real = await run.files.stat(from);
  if (real.isDirectory) {
    if (!(await run.files.exists(to))) await run.files.mkdir(to);
    for (const name of await run.files.readdir(from))
      await copy(run, `${from}/${name}`, `${to}/${name}`, keep);
  } else {
    const fresh = !(await run.files.exists(to));
    await run.files.writeFile(to, await run.files.readFileBuffer(from));
    if (fresh && !keep) await run.files.chmod(to, real.mode & 0o777 & ~run.files.umask);
  }
  if (!keep) return;
  await run.files.chmod(to, real.mode & 0o7777);
  await run.files.utimes(to, real.mtime, real.mtime);
}

/** install [-d] [-m MODE] [-o OWNER] [-g GROUP] [-D] … */
export const install: Program = async (run) => {
  const args = readArguments(run.args, ['m', 'mode', 'o', 'owner', 'g', 'group', 't']);
  const mode = Number.parseInt(last(args, 'm', 'mode') ?? '755', 8);
  const owner = last(args, 'o', 'owner');
  const finish = async (path: string) => {
    await run.files.chmod(path, mode);
    if (owner !== undefined) run.files.disk.owners.set(path, owner);
  };
  try {
    if (args.options.has('d') || args.options.has('directory')) {
      for (const each of args.rest) {
        const path = absolute(run, each);
        if (!(await run.files.exists(path))) await run.files.mkdir(path, { recursive: true });
        await finish(path);
      }
      return 0;
    }
    const target = last(args, 't') ?? args.rest.at(-1) ?? '';
    let to = absolute(run, target);
    const sources = args.options.has('t') ? args.rest : args.rest.slice(0, -1);
    for (const source of sources) {
      const directory = (await run.files.exists(to)) && (await run.files.stat(to)).isDirectory;
      if (directory) to = `${to}/${baseName(source)}`;
      else if (args.options.has('D'))
        await run.files.mkdir(to.replace(/\/[^/]*$/, '') || '/', { recursive: true });
      const data =
        source === '/dev/stdin' ? run.stdin : await run.files.readFileBuffer(absolute(run, source));
      await run.files.writeFile(to, data);
      await finish(to);
    }
    return 0;
  } catch (error) {
    run.err(`install: ${problemWith(error, args.rest.at(-1) ?? '', 'cannot create')}\n`);
    return 1;
  }
};

export const chown: Program = async (run) => {
  const args = readArguments(run.args, ['from']);
  const [owner = '', ...paths] = args.rest;
  if (run.user !== 'root') {
    run.err(`chown: changing ownership of '${paths[0] ?? ''}': Operation not permitted\n`);
    return 1;
  }
  const name = owner.replace(/[:.].*$/, '');
  for (const each of paths) {
    const path = absolute(run, each);
    if (!(await run.files.exists(path))) {
      run.err(`chown: cannot access '${each}': No such file or directory\n`);
      return 1;
    }
    const below = args.options.has('R')
      ? run.files.getAllPaths().filter((other) => other.startsWith(`${path}/`))
      : [];
    for (const one of [path, ...below]) {
      if (name === 'root' || name === '0') run.files.disk.owners.delete(one);
      else run.files.disk.owners.set(one, name === '1000' ? 'upgrader' : name);
    }
  }
  return 0;
};

/** stat [-L] -c FORMAT FILE… with the directives that scripts use. */
export const stat: Program = async (run) => {
  const args = readArguments(run.args, ['c', 'format', 'printf']);
  const plain = last(args, 'printf');
  const format = last(args, 'c', 'format') ?? plain;
  let code = 0;
  for (const each of args.rest) {
    const path = absolute(run, each);
    try {
      const found = args.options.has('L') ? await run.files.stat(path) : await run.files.lstat(path);
      const type = found.isDirectory
        ? 'directory'
        : found.isSymbolicLink
          ? 'symbolic link'
          : found.size === 0
            ? 'regular empty file'
            : 'regular file';
      const owner = run.files.ownerOf(path);
      const kind = found.isDirectory ? 'd' : found.isSymbolicLink ? 'l' : '-';
      const directives: Record<string, string> = {
        n: each,
        N: `'${each}'`,
        s: String(found.isDirectory ? 4_096 : found.size),
        a: (found.mode & 0o7777).toString(8),
        A: kind + letters(found.mode),
        U: owner,
        G: owner,
        u: owner === 'root' ? '0' : '1000',
        g: owner === 'root' ? '0' : '1000',
        Y: String(Math.floor(found.mtime.getTime() / 1_000)),
        X: String(Math.floor(found.mtime.getTime() / 1_000)),
        // Seconds lie between a change and what comes after it on a real machine; here they are too short to be seen.
        Z: String(Math.floor(found.mtime.getTime() / 1_000) - 1),
        W: String(Math.floor(found.mtime.getTime() / 1_000)),
        y: `${found.mtime.toISOString().replace('T', ' ').replace('Z', '000000')} +0000`,
        F: type,
        h: '1',
        b: String(Math.ceil(found.size / 512)),
        B: '512',
        '%': '%',
      };
      if (format === undefined)
        run.out(
          `  File: ${each}\n  Size: ${found.size}\t${type}\nAccess: (0${directives.a}/${directives.A})  Uid: (    0/    ${owner})\nModify: ${directives.y}\n`,
        );
      else {
        const text = format.replaceAll(/%([a-zA-Z%])/g, (whole, key: string) => directives[key] ?? whole);
        run.out(plain === undefined ? `${text}\n` : text.replaceAll('\\n', '\n').replaceAll('\\t', '\t'));
      }
    } catch (error) {
      run.err(`stat: ${problemWith(error, each, 'cannot statx')}\n`);
      code = 1;
    }
  }
  return code;
};

export const mktemp: Program = async (run) => {
  const args = readArguments(run.args, ['p', 'tmpdir', 'suffix']);
  const directory = last(args, 'p', 'tmpdir') ?? '/tmp';
  const [template] = args.rest;
  const name = (template ?? 'tmp.XXXXXXXXXX').replace(/X{3,}/, (all) => run.model.random.hex(all.length));
  const path =
    template === undefined || !template.includes('/') ? `${directory}/${name}` : absolute(run, name);
  try {
    if (args.options.has('d') || args.options.has('directory')) {
      await run.files.mkdir(path);
      await run.files.chmod(path, 0o700);
    } else {
      await run.files.writeFile(path, '');
      await run.files.chmod(path, 0o600);
    }
  } catch (error) {
    run.err(`mktemp: ${problemWith(error, template ?? name, 'failed to create file via template')}\n`);
    return 1;
  }
  run.out(`${path}\n`);
  return 0;
};

export const realpath: Program = async (run) => {
  let code = 0;
  for (const each of readArguments(run.args, []).rest) {
    try {
      run.out(`${await run.files.realpath(absolute(run, each))}\n`);
    } catch (error) {
      run.err(`realpath: ${problemWith(error, each)}\n`);
      code = 1;
    }
  }
  return code;
};

/** umask MODE changes the mode of what this shell creates from now on. */
export const umask: Program = (run) => {
  const [mode] = run.args.filter((word) => !word.startsWith('-'));
  if (mode === undefined) run.out(`${run.files.umask.toString(8).padStart(4, '0')}\n`);
  else run.files.umask = Number.parseInt(mode, 8);
  return 0;
};
