import type { NodeName } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import type { StepKind } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { changesNode, type SurveyedTurn } from './survey.ts';

/**
 * Where a node stands, as far as the run's own record tells. `between`: something of it has changed and something has
 * not; `cordoned` is set where this run cordoned it and has not taken that back.
 */
export interface NodeState {
  readonly node: NodeName;
  readonly kind: 'arrived' | 'between' | 'untouched';
  /** The version of the last hop that the node has reached whole; absent while it has reached none. */
  readonly version?: KubernetesVersion;
  readonly cordoned: boolean;
  /** Between its two turns: everything of the control plane is at the plan's version, the kubelet's turn is to come. */
  readonly awaitsKubelet: boolean;
  /** What has changed on a node in between: `kubeadm`, `control plane`, `kubelet`. */
  readonly changed: readonly string[];
}

/** The states of all nodes that the plan changes, in the order of the plan. */
export function nodeStates(
  run: Pick<Run, 'plan' | 'steps'> & Partial<Pick<Run, 'course'>>,
  turns: readonly SurveyedTurn[],
): NodeState[] {
  const byNode = Map.groupBy(
    turns.filter((turn) => changesNode(turn)),
    (turn) => turn.node,
  );
  return [...byNode].flatMap(([node, own]) => (node === undefined ? [] : [stateOf(run, node, own)]));
}

function stateOf(
  run: Pick<Run, 'steps'> & Partial<Pick<Run, 'course'>>,
  node: NodeName,
  turns: readonly SurveyedTurn[],
): NodeState {
  const hops = [...Map.groupBy(turns, targetOf)];
  const reached = hops.filter(([, own]) => own.every((turn) => turn.status === 'done')).map(([hop]) => hop);
  const open = hops.find(([, own]) => !own.every((turn) => turn.status === 'done'))?.[1] ?? [];
  const version = reached.at(-1);
  const touched = turns.some((turn) => turn.status !== 'pending');
  return {
    node,
    kind: open.length === 0 ? 'arrived' : touched ? 'between' : 'untouched',
    ...(version === undefined ? {} : { version }),
    cordoned:
      turns.some((turn) => isCordoned(run, turn)) ||
      (run.course?.quarantined ?? []).some((entry) => entry.node === node),
    awaitsKubelet: reached.length === 0 && hops.length === 1 && awaitsKubelet(run, open),
    changed: changedParts(run, open),
  };
}

function awaitsKubelet(run: Pick<Run, 'steps'>, turns: readonly SurveyedTurn[]): boolean {
  const [first, ...rest] = turns;
  if (first === undefined || rest.length === 0) return false;
  const upgraded = first.status === 'done' && succeeded(run, first, 'upgrade-control-plane');
  return upgraded && rest.every((turn) => turn.status === 'pending');
}

/** What of a node is new already, in the hop that it has not finished. */
function changedParts(run: Pick<Run, 'steps'>, turns: readonly SurveyedTurn[]): string[] {
  const done = (kind: StepKind) => turns.some((turn) => succeeded(run, turn, kind));
  return [
    ...(done('install-kubeadm') ? ['kubeadm'] : []),
    ...(done('upgrade-control-plane') || done('restore-static-pods') ? ['control plane'] : []),
    ...(done('restart-kubelet') ? ['kubelet'] : done('install-kubelet') ? ['kubelet package'] : []),
  ];
}

/** From the moment that the drain began: the cordon is its first act. It outlives a skip of the drain itself. */
function isCordoned(run: Pick<Run, 'steps'>, { turn }: SurveyedTurn): boolean {
  const recordOf = (kind: StepKind) => {
    const step = turn.steps.find((candidate) => candidate.kind === kind);
    return step === undefined ? undefined : run.steps.get(step.key);
  };
  const drainBegan =
    recordOf('drain-node')?.startedAt !== undefined || recordOf('cordon-node')?.status === 'succeeded';
  return drainBegan && recordOf('uncordon-node')?.status !== 'succeeded';
}

function succeeded(run: Pick<Run, 'steps'>, { turn }: SurveyedTurn, kind: StepKind): boolean {
  const step = turn.steps.find((candidate) => candidate.kind === kind);
  return step !== undefined && run.steps.get(step.key)?.status === 'succeeded';
}

function targetOf({ turn }: SurveyedTurn): KubernetesVersion | undefined {
  for (const step of turn.steps) if ('version' in step.input) return step.input.version;
  return undefined;
}
