import type { NodeName, StepKey } from './names.ts';
import { type Plan, stepsOf } from './plan.ts';
import type { Run } from './run.ts';
import { nodeOf, type StepKind } from './step.ts';
import { usualSeconds } from './usual-seconds.ts';
import { compareVersions, type KubernetesVersion, newest } from './version.ts';

type Known = Pick<Run, 'plan' | 'steps'>;

/** Steps of an upgrade that leave something on a node that a rollback takes back. */
const changing: ReadonlySet<StepKind> = new Set([
  'switch-repository',
  'install-kubeadm',
  'upgrade-control-plane',
  'upgrade-kubelet-config',
  'cordon-node',
  'drain-node',
  'install-kubelet',
  'restart-kubelet',
]);

/** What taking an upgrade back would mean at a moment, by its own record: nothing was looked at for it. */
export interface WayBackNow {
  /** `nothing`: no node has been changed. `free`: etcd, too, can go back. `keep-etcd`: it stays at its newer line. */
  readonly kind: 'nothing' | 'free' | 'keep-etcd';
  /** Where it leads: of several hops only the last that was begun is taken back without losing data. */
  readonly to: KubernetesVersion;
  /** Where only the backups from before the first hop lead, with the loss of what was written since. */
  readonly onlyByBackups?: KubernetesVersion;
  /** The step that etcd's own way back ends with; absent where it does not end, or has. */
  readonly until?: {
    readonly step: StepKey;
    readonly place: number;
    readonly of: number;
    readonly node?: NodeName;
  };
  /** The release line that etcd stays at. */
  readonly etcd?: string;
  readonly workers: number;
  readonly controlPlanes: number;
  /** As a rollback of just what has been changed usually takes. */
  readonly seconds: number;
}

/** Nodes on which an upgrade began something that a rollback takes back, each once. */
export function changedNodes(run: Known, kinds: ReadonlySet<StepKind> = changing): NodeName[] {
  const nodes = stepsOf(run.plan).flatMap((step) =>
    kinds.has(step.kind) && isBegun(run, step.key) ? (nodeOf(step) ?? []) : [],
  );
  return [...new Set(nodes)];
}

/** The newest version that a control plane was taken to, or begun to be; where the plan began, if none was. */
export function newestBegun(run: Known): KubernetesVersion {
  const begun = stepsOf(run.plan).flatMap((step) =>
    step.kind === 'upgrade-control-plane' && isBegun(run, step.key) ? [step.input.version] : [],
  );
  return newest(begun) ?? run.plan.from;
}

/** Whether a step was begun. One that was left out before has no attempt behind it that could have changed anything. */
function isBegun({ steps }: Known, key: StepKey): boolean {
  return steps.get(key)?.startedAt !== undefined;
}

/** The way back at this moment of an upgrade. */
export function wayBackOf(run: Known): WayBackNow {
  const { plan } = run;
  const hop = presentHop(run);
  const nodes = changedNodes(run);
  const roles = rolesOf(plan);
  const controlPlanes = nodes.filter((node) => roles.get(node) === 'control-plane').length;
  const workers = nodes.length - controlPlanes;
  // Until kubeadm is through, nobody knows whether the last member has moved: the dearer answer is the safe one.
  const moved = hop.freeUntil !== undefined && isBegun(run, hop.freeUntil);
  const common = {
    to: hop.from,
    ...(compareVersions(hop.from, plan.from) > 0 ? { onlyByBackups: plan.from } : {}),
    workers,
    controlPlanes,
    seconds: secondsBack(plan, workers, controlPlanes),
  };
  if (moved)
    return { kind: 'keep-etcd', ...common, ...(hop.etcdTo === undefined ? {} : { etcd: hop.etcdTo }) };
  const until = hop.freeUntil === undefined ? {} : { until: placeOf(plan, hop.freeUntil) };
  return { kind: nodes.length === 0 ? 'nothing' : 'free', ...common, ...until };
}

/** The hop that a rollback takes back: the last one that a control plane was begun for. */
function presentHop(run: Known): { from: KubernetesVersion; freeUntil?: StepKey; etcdTo?: string } {
  const { reversibility, from, etcd } = run.plan;
  const { hops = [], freeUntil } = reversibility;
  const reached = newestBegun(run);
  const hop = hops.find(({ to }) => to === reached) ?? hops[0];
  if (hop) {
    const { from: before, freeUntil: step, etcdTo } = hop;
    return {
      from: before,
      ...(step === undefined ? {} : { freeUntil: step }),
      ...(etcdTo === undefined ? {} : { etcdTo }),
    };
  }
  return {
    from,
    ...(freeUntil === undefined ? {} : { freeUntil }),
    ...(etcd.to === undefined ? {} : { etcdTo: etcd.to }),
  };
}

function placeOf(plan: Plan, key: StepKey): NonNullable<WayBackNow['until']> {
  const steps = stepsOf(plan);
  const index = steps.findIndex((step) => step.key === key);
  const step = steps[index];
  const node = step === undefined ? undefined : nodeOf(step);
  return { step: key, place: index + 1, of: steps.length, ...(node === undefined ? {} : { node }) };
}

/** Seconds that taking a whole upgrade back usually takes. */
export function usualSecondsBack(plan: Pick<Plan, 'phases'>): number {
  const roles = [...rolesOf(plan).values()];
  const controlPlanes = roles.filter((role) => role === 'control-plane').length;
  return secondsBack(plan, roles.length - controlPlanes, controlPlanes);
}

/** By what is done on it: every control plane is saved first, and a worker is never taken with `apply` or `node`. */
function rolesOf(plan: Pick<Plan, 'phases'>): Map<NodeName, 'control-plane' | 'worker'> {
  const roles = new Map<NodeName, 'control-plane' | 'worker'>();
  for (const { input, kind } of stepsOf(plan)) {
    if (kind === 'back-up-node-files' || kind === 'verify-node') roles.set(input.node, input.role);
  }
  return roles;
}

const before: readonly StepKind[] = [
  'check-drift',
  'back-up-etcd',
  'back-up-config-maps',
  'back-up-node-files',
];
const machine: readonly StepKind[] = [
  'back-up-node-files',
  'switch-repository',
  'install-kubeadm',
  'drain-node',
  'restore-node-files',
  'install-kubelet',
  'restart-kubelet',
  'verify-node',
  'uncordon-node',
];
const server: readonly StepKind[] = ['restore-static-pods', 'verify-node'];
const after: readonly StepKind[] = [
  'restore-addons',
  'restore-config-maps',
  'verify-addons',
  'verify-cluster',
];

function secondsBack(plan: Pick<Plan, 'phases'>, workers: number, controlPlanes: number): number {
  const sum = (kinds: readonly StepKind[]) => kinds.reduce((all, kind) => all + usualSeconds[kind], 0);
  if (workers + controlPlanes === 0) return 0;
  // Workers go back in batches of the size in which they came.
  const batches = plan.phases.flatMap((phase) => (phase.kind === 'workers' ? phase.batches : []));
  const atOnce = Math.max(1, ...batches.map(({ turns }) => turns.length));
  const rounds = Math.ceil(workers / atOnce);
  return sum(before) + rounds * sum(machine) + controlPlanes * sum([...machine, ...server]) + sum(after);
}
