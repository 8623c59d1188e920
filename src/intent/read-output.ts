import type { Intent } from '../domain/intent.ts';
import { RunId } from '../domain/names.ts';
import { type Mistake, mistake } from './mistake.ts';
import { noRun } from './read-control.ts';
import { quoted } from './words.ts';

/** Names of nodes and of steps; which there are, only the run knows. */
const about = /^[a-z0-9][a-z0-9./-]{0,252}$/;

/** `output [run] [node|step]`: without a run the one that is under way. @param args in lower case */
export function readOutput(args: readonly string[], clusters: readonly string[]): Intent | Mistake {
  const [first, ...rest] = args;
  if (first === undefined) return { kind: 'output' };
  if (clusters.includes(first)) return noRun(first, clusters);
  const run = RunId.safeParse(first).data;
  const [word, extra] = run === undefined ? args : rest;
  const of = run === undefined ? {} : { run };
  if (extra !== undefined) {
    if (run === undefined) return { ...noRun(first, clusters), instead: ['output'] };
    return mistake(
      `${quoted(extra)} is one word too many: \`output\` takes a run and a node or a step.`,
      'output',
      run,
      word ?? '',
    );
  }
  if (word === undefined) return { kind: 'output', ...of };
  if (about.test(word)) return { kind: 'output', ...of, about: word };
  return mistake(
    `${quoted(word)} can be neither a node nor a step.`,
    'output',
    ...(run === undefined ? [] : [run]),
  );
}
