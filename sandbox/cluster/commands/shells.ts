import type { Program } from '../shell/program.ts';
import { forward } from '../shell/program.ts';

/** sh and bash: just-bash's own, which does not know -s, -l and -e beside -c. */
export const sh: Program = async (run) => {
  if (run.original === undefined)
    return forward(run, await run.spawn([run.name, ...run.args], { stdin: run.stdin, cwd: run.cwd }));
  let flags = '';
  const rest = [...run.args];
  while (rest[0] !== undefined && /^-[a-z]+$/.test(rest[0])) flags += rest.shift()?.slice(1) ?? '';
  if (rest[0] === '--') rest.shift();
  const settings = ['e', 'u', 'x'].map((flag) => (flags.includes(flag) ? `set -${flag}; ` : '')).join('');
  if (flags.includes('c')) {
    const [script = '', ...parameters] = rest;
    return run.relay(await run.original(['-c', settings + script, ...parameters]));
  }
  if (flags.includes('s') || rest.length === 0) {
    return run.relay(await run.original(['-c', settings + run.stdin.toString('utf8'), run.name, ...rest]));
  }
  return run.relay(await run.original(rest));
};

/** echo with -n and -e. */
export const echo: Program = (run) => {
  const words = [...run.args];
  let newline = true;
  let escapes = false;
  while (words[0] !== undefined && /^-[neE]+$/.test(words[0])) {
    const [flags = ''] = words.splice(0, 1);
    if (flags.includes('n')) newline = false;
    if (flags.includes('e')) escapes = true;
  }
  const text = words.join(' ');
  const shown = escapes
    ? text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\\\', '\\')
    : text;
  run.out(newline ? `${shown}\n` : shown);
  return 0;
};
