import type { Plan } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { count } from '../text/fold.ts';
import { escaped } from '../text/untrusted.ts';
import { nodesByRole } from './survey.ts';

/** Heads of runs, as lists have them, do not tell of etcd. */
type Route = Pick<Plan, 'cluster' | 'from' | 'hops' | 'purpose'> & Partial<Pick<Plan, 'etcd'>>;

/** `prod-eu: v1.33.13 → v1.34.9`, with the hops between where there are any. */
export function route(run: { readonly plan: Route }): string {
  const { cluster, from, hops, purpose } = run.plan;
  const versions = etcdAlone(run) ?? [from, ...hops].join(' → ');
  if (purpose.kind === 'rollback') return `${cluster} ${purpose.drill ? 'drill, ' : ''}back: ${versions}`;
  return purpose.drill === undefined ? `${cluster}: ${versions}` : `${cluster} drill: ${versions} and back`;
}

/** `etcd 3.6.5 → 3.5`, of a run in which nothing else moves: etcd taken back after all, once the API servers were. */
export function etcdAlone({ plan }: { readonly plan: Route }): string | undefined {
  const isAlone = plan.purpose.kind === 'rollback' && plan.hops.every((hop) => hop === plan.from);
  return isAlone ? etcdMove(plan.etcd) : undefined;
}

/** `etcd 3.6.5 → 3.5`; nothing where it stays on its line, as it does when only its data is restored. */
export function etcdMove({ from, to }: Partial<Plan['etcd']> = {}): string | undefined {
  if (from === undefined || to === undefined || from === to || from.startsWith(`${to}.`)) return undefined;
  return `etcd ${escaped(from)} → ${escaped(to)}`;
}

/** The first line of every run's message: a sign, the route in bold, then facts. */
export function titleLine(sign: string, run: Pick<Run, 'plan'>, ...facts: readonly string[]): string {
  return [`${sign} *${route(run)}*`.trim(), ...facts].join(' · ');
}

/** `3 control planes, 12 workers · etcd 3.5.24 → 3.6.5`. */
export function scope(run: Pick<Run, 'plan'>): string {
  return [nodesText(run), etcdMove(run.plan.etcd)].filter((part) => part !== undefined).join(' · ');
}

/** `3 control planes, 12 workers`; what a plan leaves alone is not counted. */
export function nodesText({ plan }: Pick<Run, 'plan'>): string {
  const { controlPlanes, workers } = nodesByRole(plan);
  const counted = [
    { nodes: controlPlanes.length, noun: 'control plane' },
    { nodes: workers.length, noun: 'worker' },
  ].filter(({ nodes }) => nodes > 0);
  return counted.length === 0 ? 'no node' : counted.map(({ nodes, noun }) => count(nodes, noun)).join(', ');
}

/** The number of nodes that the plan changes. */
export function nodeCount(run: Pick<Run, 'plan'>): number {
  const { controlPlanes, workers } = nodesByRole(run.plan);
  return controlPlanes.length + workers.length;
}
