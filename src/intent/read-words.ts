import { Intent } from '../domain/intent.ts';
import { ClusterName, RunId } from '../domain/names.ts';
import { type Mistake, mistake } from './mistake.ts';
import { nearest } from './nearest.ts';
import { controlVerbs, noRun, readControl, type Said } from './read-control.ts';
import { readOutput } from './read-output.ts';
import { readStart } from './read-start.ts';
import { guessTarget, looksLikeVersion, parseTarget } from './target.ts';
import { quoted } from './words.ts';

/** What the parser knows beside the words: the clusters that may be named in the channel. */
export interface Known {
  readonly clusters: readonly string[];
}

const verbs = [
  'plan',
  'doctor',
  'status',
  'output',
  'runs',
  ...controlVerbs,
  'incident',
  'clusters',
  'help',
] as const;
type Verb = (typeof verbs)[number];

/** Words that other tools have for the same. */
const synonyms: Readonly<Record<string, Verb>> = {
  upgrade: 'plan',
  update: 'plan',
  propose: 'plan',
  start: 'plan',
  list: 'runs',
  history: 'runs',
  check: 'doctor',
  checks: 'doctor',
  diagnose: 'doctor',
  preflight: 'doctor',
  stop: 'abort',
  cancel: 'abort',
  kill: 'abort',
  hold: 'pause',
  continue: 'resume',
  unpause: 'resume',
  again: 'retry',
  redo: 'retry',
  rerun: 'retry',
  ignore: 'skip',
  leave: 'skip',
  'hand-over': 'handover',
  assign: 'handover',
  transfer: 'handover',
  prolong: 'extend',
  wait: 'extend',
  info: 'status',
  log: 'output',
  logs: 'output',
  outputs: 'output',
  journal: 'output',
  tail: 'output',
  print: 'output',
  show: 'status',
  usage: 'help',
};

const isControlVerb = (verb: Verb): verb is (typeof controlVerbs)[number] =>
  (controlVerbs as readonly string[]).includes(verb);

const isVerb = (word: string): word is Verb => (verbs as readonly string[]).includes(word);

function unknownVerb(word: string, rest: readonly string[], known: Known): Mistake {
  const isCluster = known.clusters.includes(word);
  if (isCluster || parseTarget(word) !== undefined) {
    return mistake(`The first word says what to do; ${quoted(word)} does not.`, 'plan', word, ...rest);
  }
  const meant = synonyms[word] ?? nearest(word, verbs);
  const told = `There is no command ${quoted(word)}; there are ${verbs.join(', ')}.`;
  return meant === undefined ? mistake(told, 'help') : mistake(told, meant, ...rest);
}

function unknownCluster(word: string, rest: readonly string[], known: Known): Mistake {
  const [only, second] = known.clusters;
  if (only === undefined) return mistake('No cluster is tied to this channel.', 'clusters');
  const here = second === undefined ? `only ${only}` : known.clusters.slice(0, 12).join(', ');
  const more = known.clusters.length > 12 ? ` and ${known.clusters.length - 12} more` : '';
  const told = `There is no cluster ${quoted(word)} in this channel; there is ${here}${more}.`;
  const meant = nearest(word, known.clusters) ?? (second === undefined ? only : undefined);
  return meant === undefined ? mistake(told, 'clusters') : mistake(told, 'plan', meant, ...rest);
}

function unknownVersion(word: string, cluster: string | undefined): Mistake {
  const told = `${quoted(word)} is no version that can be asked for: give a release such as 1.34.9, a minor such as 1.34, latest or next.`;
  const before = cluster === undefined ? ['plan'] : ['plan', cluster];
  const meant = guessTarget(word) ?? nearest(word, ['latest', 'next']);
  return meant === undefined ? mistake(told, ...before) : mistake(told, ...before, meant);
}

/** When it is to start, at the end; what is left is read as without it. */
function readPlanWithStart(args: readonly string[], known: Known): Intent | Mistake {
  const read = readStart(args);
  if ('kind' in read) return read;
  const reading = readPlanWithHops(read.rest, known);
  if (read.start === undefined) return reading;
  if (reading.kind === 'mistake') {
    const said = args.slice(read.rest.length);
    return reading.instead[0] === 'plan' ? { ...reading, instead: [...reading.instead, ...said] } : reading;
  }
  if (reading.kind === 'plan' && reading.cluster !== undefined && reading.target !== undefined) {
    return { ...reading, start: read.start };
  }
  return mistake('A start needs a cluster and a version before it.', 'plan', ...read.rest);
}

function readIncident(args: readonly string[]): Intent | Mistake {
  const [action, extra] = args;
  if ((action === 'start' || action === 'end') && extra === undefined) return { kind: 'incident', action };
  return mistake('Say whether the incident of this channel begins or is over.', 'incident', 'start');
}

/** `in hops` at the end: several minors in one plan, one after the other. */
const hopWords = ['in', 'hops'];

/** `in hopps`, `hops`: what cannot be anything else after a cluster and a version. */
function misspelledHops(args: readonly string[]): Mistake | undefined {
  const [cluster, version, ...rest] = args;
  const last = rest.at(-1);
  if (cluster === undefined || version === undefined || last === undefined) return undefined;
  if (nearest(last, ['hops']) === undefined) return undefined;
  const told = `${quoted(rest.join(' '))} is not what it takes: \`in hops\` at the end asks for several minors in one plan.`;
  return mistake(told, 'plan', cluster, version, ...hopWords);
}

function readPlanWithHops(args: readonly string[], known: Known): Intent | Mistake {
  const asked = hopWords.every((word, index) => args.at(index - hopWords.length) === word);
  if (!asked) return misspelledHops(args) ?? readPlan(args, known);
  const reading = readPlan(args.slice(0, -hopWords.length), known);
  if (reading.kind === 'mistake') {
    return reading.instead[0] === 'plan'
      ? { ...reading, instead: [...reading.instead, ...hopWords] }
      : reading;
  }
  if (reading.kind !== 'plan' || reading.target !== undefined) return { ...reading, inHops: true } as Intent;
  return mistake(
    '`in hops` needs the version that the hops lead to.',
    'plan',
    ...args.slice(0, -hopWords.length),
  );
}

/** Like a plan's words, but the cluster must be known and the version may be left out. */
function readDoctor(args: readonly string[], known: Known): Intent | Mistake {
  const reading = readPlan(args, known);
  if (reading.kind === 'mistake') {
    const [first, ...rest] = reading.instead;
    return first === 'plan' ? { ...reading, instead: ['doctor', ...rest] } : reading;
  }
  if (reading.kind !== 'plan') return reading;
  const only = known.clusters.length === 1 ? ClusterName.safeParse(known.clusters[0]).data : undefined;
  const cluster = reading.cluster ?? only;
  if (cluster !== undefined) {
    return { kind: 'doctor', cluster, ...(reading.target === undefined ? {} : { target: reading.target }) };
  }
  const [first] = known.clusters;
  if (first === undefined) return mistake('No cluster is tied to this channel.', 'clusters');
  return mistake('Say which cluster to look at.', 'doctor', first, ...args);
}

function readPlan(args: readonly string[], known: Known): Intent | Mistake {
  const [first, second, extra] = args;
  if (first === undefined) return { kind: 'plan' };
  if (extra !== undefined) {
    return mistake(
      `A plan takes a cluster and a version; ${quoted(extra)} is one word too many.`,
      'plan',
      first,
      second ?? '',
    );
  }
  const cluster = known.clusters.includes(first) ? ClusterName.safeParse(first).data : undefined;
  if (second === undefined) {
    if (cluster !== undefined) return { kind: 'plan', cluster };
    const target = parseTarget(first);
    if (target === undefined) {
      return looksLikeVersion(first) ? unknownVersion(first, undefined) : unknownCluster(first, [], known);
    }
    const only = known.clusters.length === 1 ? ClusterName.safeParse(known.clusters[0]).data : undefined;
    return { kind: 'plan', target, ...(only === undefined ? {} : { cluster: only }) };
  }
  if (cluster === undefined) {
    const swapped =
      known.clusters.includes(second) && (parseTarget(first) !== undefined || looksLikeVersion(first));
    return swapped
      ? mistake('The cluster comes first, then the version.', 'plan', second, first)
      : unknownCluster(first, [second], known);
  }
  const target = parseTarget(second);
  return target === undefined ? unknownVersion(second, cluster) : { kind: 'plan', cluster, target };
}

function readVerb(verb: Verb, args: readonly string[], known: Known, said: Said): Intent | Mistake {
  if (verb === 'plan') return readPlanWithStart(args, known);
  if (verb === 'incident') return readIncident(args);
  if (verb === 'doctor') return readDoctor(args, known);
  if (verb === 'output') return readOutput(args, known.clusters);
  if (isControlVerb(verb)) return readControl(verb, args, said, known.clusters);
  const [first, extra] = args;
  if (verb !== 'status') {
    if (first === undefined) return { kind: verb };
    return mistake(`${quoted(first)} means nothing after \`${verb}\`, which stands alone.`, verb);
  }
  if (first === undefined) return { kind: verb };
  if (extra !== undefined) {
    return mistake(`${quoted(extra)} is one word too many: \`${verb}\` takes one run.`, verb, first);
  }
  const run = RunId.safeParse(first).data;
  return run === undefined ? noRun(first, known.clusters) : { kind: verb, run };
}

/**
 * Reads lower-case words as a command. Nothing is guessed: what is not the grammar is a Mistake.
 * @param said what the words alone do not tell; a reason keeps its capitals
 */
export function readWords(
  words: readonly string[],
  known: Known,
  said: Said = { args: words.slice(1) },
): Intent | Mistake {
  const [verb, ...args] = words;
  if (verb === undefined || verb === '?' || verb === '-h' || verb === '--help') return { kind: 'help' };
  // A reason may hold anything.
  const flag = verb === 'skip' ? undefined : words.find((word) => word.startsWith('-'));
  if (flag !== undefined) {
    const others = words.filter((word) => !word.startsWith('-'));
    if (/^-+(in-)?hops$/.test(flag)) {
      return mistake(`${quoted(flag)} is no option; \`in hops\` at the end says it.`, ...others, ...hopWords);
    }
    return mistake(`${quoted(flag)} is no option; these commands have none.`, ...others);
  }
  return isVerb(verb) ? readVerb(verb, args, known, said) : unknownVerb(verb, args, known);
}
