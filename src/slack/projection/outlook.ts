import type { Run } from '../../domain/run.ts';
import { count, fold, listed } from '../text/fold.ts';
import { nodeStates } from './node-states.ts';
import { addonNames, stepName } from './step-words.ts';
import { type SurveyedTurn, survey, turnName } from './survey.ts';

/** Nodes, or the cluster's own steps, that are in the middle of their turn: what a pause waits for. */
export function inHand(turns: readonly SurveyedTurn[]): string[] {
  return [...new Set(turns.filter(({ status }) => status === 'under-way').map(nameOf))];
}

/** `w-04 and w-05`, or that it is at once: after what a pause stops. */
export function safePointText(run: Pick<Run, 'plan' | 'steps'>): string {
  const names = inHand(survey(run));
  return names.length === 0 ? 'at once: nothing is in the middle of its turn' : `after ${listed(names, 4)}`;
}

/** What comes next, when what is in hand is through: `w-05 and w-06, then 7 nodes`. */
export function nextText(turns: readonly SurveyedTurn[]): string {
  const pending = turns.filter((turn) => turn.status === 'pending' && !isBeside(turn));
  const [first] = pending;
  if (first === undefined) return 'nothing: this is the last';
  const batch = pending.filter((turn) => turn.batch === first.batch);
  const now = new Set(batch.flatMap((turn) => turn.node ?? []));
  // A control plane has two turns: it is not one node more because its kubelet comes later.
  const rest = new Set(pending.flatMap((turn) => (turn.node && !now.has(turn.node) ? [turn.node] : [])));
  const names = [...new Set(batch.map(nameOf))];
  const then = rest.size === 0 ? '' : `, then ${count(rest.size, now.size === 0 ? 'node' : 'more node')}`;
  return `${listed(names, 4)}${then}`;
}

/** What is noted, marked and waited for around the batches of workers goes without saying. */
function isBeside({ node, phase }: SurveyedTurn): boolean {
  return node === undefined && (phase === 'canary' || phase === 'workers');
}

/** Notes and marks between batches are over in a moment: nobody wants to wait for one by its name. */
function isQuick(turn: SurveyedTurn): boolean {
  const [first] = turn.turn.steps;
  return isBeside(turn) && first?.kind !== 'gate' && first?.kind !== 'soak';
}

function nameOf(turn: SurveyedTurn): string {
  if (turn.node !== undefined) return turnName(turn);
  if (isQuick(turn)) return 'the step in hand';
  if (turn.phase === 'before') return 'backups';
  if (turn.phase === 'after') return 'the final check';
  const [first] = turn.turn.steps;
  return addonNames(turn.turn.steps) || (first === undefined ? 'the cluster' : stepName(first));
}

/** What an abort does to the nodes of a run as it stands: what ends first, what is put back, what stays as it is. */
export function abortText(run: Pick<Run, 'plan' | 'steps'>): string {
  const turns = survey(run);
  const states = nodeStates(run, turns);
  const arrived = states.filter(({ kind }) => kind === 'arrived').length;
  const untouched = states.filter(({ kind }) => kind === 'untouched').length;
  const cordoned = states.filter((state) => state.cordoned);
  const back = cordoned.filter(({ node }) => isSafe(run, turns, node)).map(({ node }) => node);
  const stay = cordoned.filter(({ node }) => !back.includes(node)).map(({ node }) => node);
  const sentences = [
    ...(inHand(turns).length > 0 ? [`what is in hand ends first (${listed(inHand(turns), 3)})`] : []),
    ...(back.length > 0 ? [`${listed(back, 3)} ${back.length === 1 ? 'is' : 'are'} uncordoned`] : []),
    ...(stay.length > 0 ? [`${listed(stay, 3)} ${stay.length === 1 ? 'stays' : 'stay'} cordoned`] : []),
    staysText(run, arrived, untouched),
  ];
  return fold(sentences, { separator: '; ', maxEntries: 4, maxChars: 240 });
}

/** `7 nodes stay on v1.34.9, 7 on v1.33.13`; what there is none of is left out. */
function staysText({ plan }: Pick<Run, 'plan'>, arrived: number, untouched: number): string {
  const parts = [
    { nodes: arrived, version: plan.to },
    { nodes: untouched, version: plan.from },
  ].filter(({ nodes }) => nodes > 0);
  const [first, second] = parts;
  if (first === undefined) return `no node is on ${plan.to} yet`;
  const begin = `${count(first.nodes, 'node')} ${first.nodes === 1 ? 'stays' : 'stay'} on ${first.version}`;
  return second === undefined ? begin : `${begin}, ${second.nodes} on ${second.version}`;
}

/** The kubelet is still the old one, or the new one was verified: the cordon goes with the abort (run/next/next-steps.ts). */
function isSafe(run: Pick<Run, 'steps'>, turns: readonly SurveyedTurn[], node: string): boolean {
  return turns
    .filter((turn) => turn.node === node)
    .every(({ turn }) => {
      const recordOf = (kind: string) => {
        const step = turn.steps.find((candidate) => candidate.kind === kind);
        return step && run.steps.get(step.key);
      };
      return (
        recordOf('drain-node') === undefined ||
        recordOf('install-kubelet') === undefined ||
        recordOf('verify-node')?.status === 'succeeded'
      );
    });
}
