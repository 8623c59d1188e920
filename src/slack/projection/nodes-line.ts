import type { Run } from '../../domain/run.ts';
import { count, listed } from '../text/fold.ts';
import { type NodeState, nodeStates } from './node-states.ts';
import { changesNode, type SurveyedTurn } from './survey.ts';

/** Where all nodes stand, in one line: who has arrived, who is in between and how, who is untouched. */
export function nodesLine(run: Pick<Run, 'plan' | 'steps'>, turns: readonly SurveyedTurn[]): string {
  const states = nodeStates(run, turns);
  const arrived = states.filter((state) => state.kind === 'arrived').map((state) => state.node);
  const untouched = states.filter((state) => state.kind === 'untouched').map((state) => state.node);
  const halves = states.filter((state) => state.awaitsKubelet).map((state) => state.node);
  const between = states.filter((state) => state.kind === 'between' && !state.awaitsKubelet);
  const shown = between.slice(0, 6).map((state) => betweenText(state, run));
  return [
    ...(arrived.length > 0 ? [`${listed(arrived)} on ${run.plan.to}`] : []),
    ...(halves.length > 0 ? [awaitingText(halves, run)] : []),
    ...shown,
    ...(between.length > shown.length
      ? [`${count(between.length - shown.length, 'more node')} in between (Details)`]
      : []),
    ...(untouched.length > 0 ? [`${namesOrCount(untouched)} untouched on ${run.plan.from}`] : []),
  ].join('; ');
}

/** Control planes between their two turns: what serves is new, the kubelet comes after the addons. */
export function awaitingText(nodes: readonly string[], { plan }: Pick<Run, 'plan'>): string {
  return `${listed(nodes)} with the control plane on ${plan.to} and the kubelet still on ${plan.from}`;
}

/** One node in between: `w-05 halfway (kubelet package new), cordoned`. */
export function betweenText(state: NodeState, run: Pick<Run, 'plan'>): string {
  const base = state.version === undefined ? run.plan.from : state.version;
  const word = run.plan.purpose.kind === 'rollback' ? 'back already' : 'new';
  const what =
    state.changed.length === 0 ? `begun, still on ${base}` : `halfway (${word}: ${state.changed.join(', ')})`;
  return `${state.node} ${what}${state.cordoned ? ', *cordoned*' : ''}`;
}

/** Whether anything of the plan's nodes has been touched. */
export function anythingChanged(turns: readonly SurveyedTurn[]): boolean {
  return turns.some((turn) => changesNode(turn) && turn.status !== 'pending');
}

function namesOrCount(nodes: readonly string[]): string {
  return nodes.length <= 4 ? listed(nodes) : count(nodes.length, 'node');
}
