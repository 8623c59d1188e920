import type { DrillEtcd } from '../domain/drill.ts';
import type { RollbackCommand } from '../domain/intent.ts';
import { ClusterName, NodeName, RunId } from '../domain/names.ts';
import type { EtcdWay, RollbackScope } from '../domain/rollback.ts';
import { type Mistake, mistake } from './mistake.ts';
import { nearest } from './nearest.ts';
import type { Known } from './read-words.ts';
import { guessTarget, parseTarget } from './target.ts';
import type { UsageError } from './usage-error.ts';
import { quoted, wordsOf } from './words.ts';

const command = '/k8s-rollback';

/** How each way of treating etcd may be said. */
const ways: Readonly<Record<string, EtcdWay>> = {
  'keep-etcd': 'keep',
  keep: 'keep',
  'etcd-downgrade': 'downgrade',
  downgrade: 'downgrade',
  'etcd-restore': 'restore',
  restore: 'restore',
};

/** Of these, what may be asked of a drill. */
const drillWays: Readonly<Record<string, DrillEtcd>> = {
  'keep-etcd': 'keep',
  'etcd-downgrade': 'downgrade',
};

const scopes: Readonly<Record<string, RollbackScope>> = {
  all: { kind: 'all' },
  workers: { kind: 'workers' },
  'control-plane': { kind: 'control-plane' },
  'control-planes': { kind: 'control-plane' },
};

const nodeWords: ReadonlySet<string> = new Set(['node', 'nodes']);
const vocabulary = [...Object.keys(scopes), 'node', 'keep-etcd', 'etcd-downgrade', 'restore'];

/** A rollback is for few nodes or for all; more names than this are a mistake of copying. */
const mostNodes = 50;

/**
 * Reads the text of the rollback command: nothing (what changed near now), or `<run|cluster>`, then how much of it
 * (`workers`, `control-plane`, `node <name> …`; all by default) and, where it is wanted, what is to become of etcd
 * (`keep-etcd`, `etcd-downgrade`, `restore`); `drill <cluster> [version] [etcd-downgrade]`; `help`. Unknown words are refused with a line that works. Never throws.
 * @param known the clusters that may be named where the command was typed
 */
export function parseRollbackCommand(text: string, known: Known): RollbackCommand | UsageError {
  const words = wordsOf(text).map((word) => word.toLowerCase());
  const [first] = words;
  const args = first === command || first?.startsWith('@') ? words.slice(1) : words;
  const reading = read(args, known);
  if (reading.kind !== 'mistake') return reading;
  return {
    kind: 'usage-error',
    understood: args.join(' ').replaceAll('`', "'").slice(0, 150),
    problem: reading.problem,
    suggestion: suggestionFor(reading, known),
  };
}

/** A text may hold several mistakes; each reading mends one. More than this is not a typing error any more. */
const mostMistakes = 4;

function suggestionFor(reading: Mistake, known: Known): string {
  let { instead } = reading;
  for (let mended = 0; mended < mostMistakes; mended += 1) {
    const again = read(instead, known);
    if (again.kind !== 'mistake') return [command, ...instead].join(' ');
    instead = again.instead;
  }
  return `${command} help`;
}

function read(words: readonly string[], known: Known): RollbackCommand | Mistake {
  const [first, ...rest] = words;
  if (first === undefined) return { kind: 'candidates' };
  if (['help', '?', '-h', '--help'].includes(first)) return { kind: 'help' };
  const flag = words.find((word) => word.startsWith('-'));
  if (flag !== undefined) {
    const others = words.filter((word) => !word.startsWith('-'));
    return mistake(`${quoted(flag)} is no option; this command has none.`, ...others);
  }
  // A cluster may be called like the word; then it is the cluster, unless another one follows.
  if (first === 'drill' && !(known.clusters.includes('drill') && !known.clusters.includes(rest[0] ?? ''))) {
    return readDrill(rest, known);
  }
  const cluster = known.clusters.includes(first) ? ClusterName.safeParse(first).data : undefined;
  if (cluster !== undefined) return readRest({ cluster }, first, rest);
  const run = RunId.safeParse(first).data;
  if (run !== undefined && !(first in scopes)) return readRest({ run }, first, rest);
  return unknownFirst(first, rest, known);
}

function unknownFirst(word: string, rest: readonly string[], known: Known): Mistake {
  const [only, second] = known.clusters;
  if (word in scopes || word in ways || nodeWords.has(word)) {
    return only !== undefined && second === undefined
      ? mistake(`Say first what is to go back; ${quoted(word)} says how much of it.`, only, word, ...rest)
      : mistake(`Say first which run or cluster is to go back; ${quoted(word)} says how much of it.`);
  }
  const meant = nearest(word, known.clusters);
  const here =
    only === undefined
      ? 'none here'
      : `here ${second === undefined ? 'is' : 'are'} ${known.clusters.slice(0, 12).join(', ')}`;
  const problem = `${quoted(word)} is neither a run (six letters and digits) nor a cluster; ${here}.`;
  return meant === undefined ? mistake(problem) : mistake(problem, meant, ...rest);
}

/** `<cluster> [version] [etcd-downgrade]`; without a version the newest patch of the next minor. */
function readDrill(words: readonly string[], known: Known): RollbackCommand | Mistake {
  const [named = '', ...rest] = words;
  const cluster = known.clusters.includes(named) ? ClusterName.safeParse(named).data : undefined;
  if (cluster === undefined) {
    const [only, second] = known.clusters;
    const meant = nearest(named, known.clusters) ?? (second === undefined ? only : undefined);
    const problem =
      named === ''
        ? 'Say the cluster that the drill is run on.'
        : `${quoted(named)} is no cluster of this channel; a drill is run on a whole cluster.`;
    // A version in the cluster's place stands behind it in the line that works.
    const others = parseTarget(named) === undefined ? rest : words;
    return meant === undefined ? mistake(problem) : mistake(problem, 'drill', meant, ...others);
  }
  const left = rest.filter((word) => !Object.hasOwn(drillWays, word));
  const etcd = rest.flatMap((word) => (Object.hasOwn(drillWays, word) ? (drillWays[word] ?? []) : []));
  const [version, ...more] = left;
  const target = version === undefined ? ({ kind: 'next' } as const) : parseTarget(version);
  if (target === undefined || more.length > 0 || etcd.length > 1) {
    const bad = target === undefined ? version : (more[0] ?? rest.at(-1));
    const why = Object.hasOwn(ways, bad ?? '') ? ' A drill never restores a snapshot.' : '';
    const guess = target === undefined ? guessTarget(version ?? '') : version;
    return mistake(
      `${quoted(bad ?? '')} means nothing here: after \`drill\` and the cluster come the version to go up to, and \`etcd-downgrade\` where etcd is to go back, too.${why}`,
      'drill',
      named,
      ...(guess === undefined ? [] : [guess]),
    );
  }
  return { kind: 'drill', cluster, target, etcd: etcd[0] ?? 'keep' };
}

type Of = Extract<RollbackCommand, { kind: 'rollback' }>['of'];

function readRest(of: Of, named: string, words: readonly string[]): RollbackCommand | Mistake {
  let scope: RollbackScope | undefined;
  let etcd: EtcdWay | undefined;
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const way = Object.hasOwn(ways, word) ? ways[word] : undefined;
    const part = Object.hasOwn(scopes, word) ? scopes[word] : undefined;
    if (way !== undefined && etcd === undefined) etcd = way;
    else if (part !== undefined && scope === undefined) scope = part;
    else if (nodeWords.has(word) && scope === undefined) {
      const nodes = namesFrom(left);
      if (nodes === undefined) {
        return mistake('After `node` comes the name of a node, or several.', named, 'workers');
      }
      scope = { kind: 'nodes', nodes };
    } else return unknownWord(word, named);
  }
  if (etcd !== undefined && etcd !== 'keep' && scope !== undefined && scope.kind !== 'all') {
    return mistake(
      `etcd can only go back as a whole, with everything: a part of the cluster goes back with etcd kept.`,
      named,
      ...words.filter((word) => !Object.hasOwn(ways, word)),
    );
  }
  return { kind: 'rollback', of, scope: scope ?? { kind: 'all' }, ...(etcd === undefined ? {} : { etcd }) };
}

/** Takes the names of nodes off the front of the words; undefined when there is none or one that cannot be. */
function namesFrom(words: string[]): NodeName[] | undefined {
  const names: NodeName[] = [];
  while (words[0] !== undefined && !Object.hasOwn(ways, words[0]) && names.length < mostNodes) {
    for (const part of words[0].split(',').filter((name) => name !== '')) {
      const name = NodeName.safeParse(part).data;
      if (name === undefined) return undefined;
      if (!names.includes(name)) names.push(name);
    }
    words.shift();
  }
  return names.length === 0 ? undefined : names;
}

function unknownWord(word: string, named: string): Mistake {
  const meant = nearest(word, vocabulary);
  const problem = `${quoted(word)} means nothing here: after the run or cluster come \`workers\`, \`control-plane\` or \`node\` with a name, and \`keep-etcd\`, \`etcd-downgrade\` or \`restore\`.`;
  return meant === undefined || meant === 'node' ? mistake(problem, named) : mistake(problem, named, meant);
}
