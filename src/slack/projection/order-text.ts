import { assertNever } from '../../domain/assert-never.ts';
import type { Phase, Plan, Turn } from '../../domain/plan.ts';
import type { Step } from '../../domain/step.ts';
import type { KubernetesVersion } from '../../domain/version.ts';
import { count, fold, listed } from '../text/fold.ts';
import { short } from '../text/untrusted.ts';
import { addonNames, gateText, hopOf, stepName } from './step-words.ts';

/** The order of a plan in one line, with the reasons of the control planes' places; long lists are counted. */
export function orderText(plan: Pick<Plan, 'phases'>): string {
  const labels = hopLabels(plan.phases);
  const stops = plan.phases.flatMap((phase) => {
    const [first, ...rest] = stopsOf(phase);
    const label = labels.get(phase);
    return first === undefined ? [] : [label === undefined ? first : `*${label}:* ${first}`, ...rest];
  });
  return fold(stops, {
    separator: ' → ',
    maxEntries: 24,
    maxChars: 1_200,
    rest: (hidden) => `${count(hidden, 'more stop')} (Details)`,
  });
}

/** Of a plan in several hops, the phases with which each begins, and its version: the same nodes come again in each. */
function hopLabels(phases: readonly Phase[]): Map<Phase, KubernetesVersion> {
  const labels = new Map<Phase, KubernetesVersion>();
  let before: KubernetesVersion | undefined;
  for (const phase of phases) {
    const version = phase.kind === 'control-plane' ? hopOf(nodeTurns(phase)) : undefined;
    if (version === undefined || version === before) continue;
    labels.set(phase, version);
    before = version;
  }
  return labels.size > 1 ? labels : new Map();
}

function stopsOf(phase: Phase): string[] {
  switch (phase.kind) {
    case 'control-plane':
      if (!hasNodes(phase)) return [];
      return onlyKubelets(phase)
        ? [kubeletsText(nodeTurns(phase).map(nodeName))]
        : withReasons(nodeTurns(phase));
    case 'addons':
      return [addonNames(phase.batches.flatMap(({ turns }) => turns.flatMap(({ steps }) => steps)))];
    case 'canary':
      return nodeTurns(phase).map((turn) => `canary ${nodeName(turn)}`);
    case 'workers':
      return [workersText(phase)];
    case 'etcd':
      return [etcdText(phase)];
    case 'gate':
      return phase.batches.flatMap(({ turns }) => turns.flatMap(({ steps }) => steps.flatMap(gateStop)));
    case 'before':
    case 'after':
      return [];
    default:
      return assertNever(phase.kind);
  }
}

/** `gate workers-1 (1 approval)`: where the run stops until something is so. */
function gateStop(step: Step): string[] {
  return step.kind === 'gate' ? [`🚧 ${stepName(step)} (${gateText(step.input.gate)})`] : [];
}

/** etcd's own downgrade, or its restore on all members at once. */
function etcdText(phase: Phase): string {
  const steps = phase.batches.flatMap(({ turns }) => turns.flatMap((turn) => turn.steps));
  const restored = steps.filter(({ kind }) => kind === 'restore-etcd').length;
  return restored > 0
    ? `everything stops; ${count(restored, 'etcd member')} restored from the snapshot; API servers, controllers, then all kubelets start anew`
    : 'etcd’s own downgrade, member by member';
}

function hasNodes(phase: Phase): boolean {
  return nodeTurns(phase).length > 0;
}

function kubeletsText(nodes: readonly string[]): string {
  return nodes.length === 1 ? `kubelet of ${nodes[0]}` : `kubelets of ${listed(nodes)}, one at a time`;
}

/** Reasons that go without saying are left out: `cp-2 → cp-3 → cp-1 (etcd leader, last)`. */
function withReasons(turns: readonly Turn[]): string[] {
  return turns.map((turn, index) =>
    turn.reason === 'by name' || turns[index + 1]?.reason === turn.reason
      ? nodeName(turn)
      : `${nodeName(turn)} (${short(turn.reason, 60)})`,
  );
}

/** Control planes that get their kubelets only after every API server of the hop is new (version skew policy). */
function onlyKubelets(phase: Phase): boolean {
  return nodeTurns(phase).every((turn) =>
    turn.steps.every(({ kind }) => kind !== 'upgrade-control-plane' && kind !== 'restore-static-pods'),
  );
}

function workersText(phase: Phase): string {
  const workers = nodeTurns(phase).length;
  const atOnce = Math.max(...phase.batches.map((batch) => batch.turns.length));
  if (workers <= 4 && atOnce === 1) return nodeTurns(phase).map(nodeName).join(' → ');
  const pace = atOnce === 1 ? 'one at a time' : `${atOnce} at a time`;
  const [first] = nodeTurns(phase);
  const pool = first?.pool === undefined ? '' : ` of pool ${first.pool}`;
  return `${count(workers, 'worker')}${pool}, ${pace}${zonesText(phase)}`;
}

/** The reasons of their places say which zone a batch is in, where it keeps to one (plan/phases/worker-phases.ts). */
function zonesText(phase: Phase): string {
  const zones = new Set(nodeTurns(phase).flatMap(({ reason }) => /, zone (\S+)$/.exec(reason)?.[1] ?? []));
  return zones.size > 1 ? `, zone by zone (${[...zones].map((zone) => short(zone, 40)).join(', ')})` : '';
}

function nodeTurns(phase: Phase): Turn[] {
  return phase.batches.flatMap((batch) => batch.turns.filter((turn) => turn.subject.kind === 'node'));
}

function nodeName(turn: Turn): string {
  return turn.subject.kind === 'node' ? turn.subject.node : 'cluster';
}
