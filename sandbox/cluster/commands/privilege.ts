import { sshUser } from '../model/node-files.ts';
import { forward, type Program } from '../shell/program.ts';
import { last, readArguments, seconds } from './arguments.ts';

/** However fast the clock, a timeout leaves this many real milliseconds for the work itself (less where it asks for less). */
const timeoutFloor = 4_000;
/** And of a long one this part: shells that poll do not get faster with the clock. */
const timeoutShare = 1 / 5;

/** sudo with the rule `upgrader ALL=(ALL) NOPASSWD:ALL`. */
export const sudo: Program = async (run) => {
  const args = readArguments(run.args, ['u', 'user', 'g', 'group', 'p', 'prompt', 'C', 'D', 'chdir'], true);
  const denied = run.model.faults.on('sudo-refused', run.machine.name) !== undefined;
  if (denied) {
    run.err('sudo: a password is required\n');
    return 1;
  }
  if (args.options.has('l') || args.options.has('list')) {
    if (args.rest.length > 0) {
      run.out(`${args.rest.join(' ')}\n`);
      return 0;
    }
    run.out(`Matching Defaults entries for ${sshUser} on ${run.machine.name}:
    env_reset, mail_badpass, secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin, use_pty

User ${sshUser} may run the following commands on ${run.machine.name}:
    (ALL) NOPASSWD: ALL
`);
    return 0;
  }
  const environment: Record<string, string> = {};
  const words = [...args.rest];
  while (words[0] !== undefined && /^[A-Za-z_]\w*=/.test(words[0])) {
    const [entry = ''] = words.splice(0, 1);
    environment[entry.replace(/=.*$/s, '')] = entry.replace(/^[^=]*=/, '');
  }
  const user = last(args, 'u', 'user') ?? 'root';
  if (words.length === 0) {
    if (!args.options.has('v') && !args.options.has('validate')) run.err('usage: sudo -h | -K | -k | -V\n');
    return args.options.has('v') || args.options.has('validate') ? 0 : 1;
  }
  const result = await run.spawn(words, {
    user,
    stdin: run.stdin,
    cwd: run.cwd,
    env: { ...environment, SUDO_USER: run.user, HOME: user === 'root' ? '/root' : `/home/${user}` },
  });
  if (
    result.code === 127 &&
    result.stderr.toString().includes(`bash: ${words[0] ?? ''}: command not found`)
  ) {
    run.out(result.stdout);
    run.err(`sudo: ${words[0] ?? ''}: command not found\n`);
    return 1;
  }
  return forward(run, result);
};

/** timeout [-k DURATION] [-s SIGNAL] DURATION COMMAND…; time passes at the cluster's pace. */
export const timeout: Program = async (run) => {
  const args = readArguments(run.args, ['k', 'kill-after', 's', 'signal'], true);
  const [duration = '', ...words] = args.rest;
  const limit = seconds(duration);
  if (limit === undefined || words.length === 0) {
    run.err(
      limit === undefined
        ? `timeout: invalid time interval ‘${duration}’\nTry 'timeout --help' for more information.\n`
        : "timeout: missing operand\nTry 'timeout --help' for more information.\n",
    );
    return 125;
  }
  const controller = new AbortController();
  const ms = Math.max(
    (limit * 1_000) / run.model.clock.scale,
    Math.min(limit * 1_000, timeoutFloor),
    limit * 1_000 * timeoutShare,
  );
  const timer = limit === 0 ? undefined : setTimeout(() => controller.abort(new Error('timed out')), ms);
  try {
    const result = await run.spawn(words, {
      stdin: run.stdin,
      cwd: run.cwd,
      env: Object.fromEntries(run.env),
      signal: AbortSignal.any([run.signal, controller.signal]),
    });
    run.out(result.stdout);
    if (controller.signal.aborted) return last(args, 's', 'signal') === 'KILL' ? 137 : 124;
    run.err(result.stderr.toString());
    return result.code;
  } finally {
    clearTimeout(timer);
  }
};

/** Programs that only run another one: nohup, setsid, nice, stdbuf, ionice. */
export const transparent: Program = async (run) => {
  const args = readArguments(run.args, ['n', 'c', 'o', 'e', 'i'], true);
  return forward(
    run,
    await run.spawn(args.rest, { stdin: run.stdin, cwd: run.cwd, env: Object.fromEntries(run.env) }),
  );
};

/** flock FILE COMMAND…: nobody else is ever in the way. */
export const flock: Program = async (run) => {
  const args = readArguments(run.args, ['w', 'timeout', 'E', 'c'], true);
  const [, ...words] = args.rest;
  const command = last(args, 'c');
  const argv =
    command === undefined
      ? words.filter((word, index) => !(index === 0 && word.startsWith('-')))
      : ['sh', '-c', command];
  return argv.length === 0 ? 0 : forward(run, await run.spawn(argv, { stdin: run.stdin, cwd: run.cwd }));
};

export const id: Program = (run) => {
  const root = run.user === 'root';
  const number = root ? '0' : '1000';
  const args = readArguments(run.args, []);
  const name = args.options.has('n') || args.options.has('un') || args.options.has('gn');
  if (args.options.has('u') || args.options.has('g') || args.options.has('un') || args.options.has('gn'))
    run.out(`${name ? run.user : number}\n`);
  else
    run.out(
      `uid=${number}(${run.user}) gid=${number}(${run.user}) groups=${number}(${run.user})${root ? '' : ',27(sudo)'}\n`,
    );
  return 0;
};

export const whoami: Program = (run) => {
  run.out(`${run.user}\n`);
  return 0;
};
