import { type Instant, RunId, StepKey } from '../../src/domain/names.ts';
import { type Plan, type Refusal, stepsOf } from '../../src/domain/plan.ts';
import type { EtcdWay, RollbackScope } from '../../src/domain/rollback.ts';
import type { RollbackFacts } from '../../src/domain/rollback-facts.ts';
import type { Run, StepRecord } from '../../src/domain/run.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import type { Step } from '../../src/domain/step.ts';
import { newestBegun } from '../../src/domain/way-back.ts';
import { planRollback } from '../../src/plan/rollback/plan-rollback.ts';
import { newRun } from '../../src/run/record/new-run.ts';
import type { BackLook } from '../../src/snapshot/look-back.ts';
import { act } from './rollback-world/act.ts';
import { cuts } from './rollback-world/cuts.ts';
import { backupsIn } from './rollback-world/saved.ts';
import { apiAnswers, blindly, type World } from './rollback-world/world.ts';
import { channel, dana } from './sample-plan.ts';
import { policyOf, takenAt } from './snapshots.ts';

export const upgradeId = RunId.parse('upg234');
const at = new Date(takenAt).toISOString() as Instant;

/** A run of a plan, halted after so many steps; `begun`: whether the next one had been begun. */
export function haltedRun(id: RunId, plan: Plan, done: number, begun: boolean): Run {
  const steps = stepsOf(plan);
  const record = (step: Step, status: StepRecord['status']): [StepKey, StepRecord] => [
    step.key,
    { key: step.key, status, attempt: 1, budgetFrom: 1, startedAt: at, alreadyDone: false, facts: {} },
  ];
  const { run } = newRun({ id, plan, requestedBy: dana, channel, now: takenAt, expireAfterMinutes: 60 });
  const next = steps[done];
  return {
    ...run,
    status: 'aborted',
    startedAt: at,
    endedAt: at,
    steps: new Map([
      ...steps.slice(0, done).map((step) => record(step, 'succeeded')),
      ...(begun && next ? [record(next, 'failed')] : []),
    ]),
  };
}

/** A run that stopped somewhere, with the cluster as it left it. */
export interface Stopped {
  readonly run: Run;
  readonly world: World;
}

/**
 * Lets a plan run and stops it.
 * @param at which step it is stopped at, counted round
 * @param cut which of the things that the step can leave behind it left, counted round; absent: it was not begun
 */
export function stoppedAt(world: World, plan: Plan, id: RunId, at: number, cut?: number): Stopped {
  const steps = stepsOf(plan);
  const done = at % (steps.length + (cut === undefined ? 1 : 0));
  const before = steps.slice(0, done).reduce((so, step) => act(so, step, id), world);
  const step = steps[done];
  if (cut === undefined || step === undefined)
    return { run: haltedRun(id, plan, done, false), world: before };
  const left = cuts(before, step, id);
  return { run: haltedRun(id, plan, done, true), world: left[cut % left.length] ?? before };
}

/** Facts of a cluster that could be looked at in everything. */
export const knownFacts: RollbackFacts = {
  stored: {
    state: 'known',
    kinds: [
      { group: 'networking.k8s.io', resource: 'ipaddresses', kind: 'IPAddress', storedAs: 'v1' },
      { group: 'apps', resource: 'deployments', kind: 'Deployment', storedAs: 'v1' },
    ],
  },
  objects: { state: 'known', counts: { ipaddresses: 12, deployments: 40 } },
  tools: [],
  etcdutlAtHand: ['3.5', '3.6'],
  loss: { state: 'known', loss: { since: at, written: [{ kind: 'Deployment', count: 3 }], uncounted: [] } },
};

/** A look that found everything: that snapshot, and the backups of that world. */
export function seenBack(snapshot: Snapshot, world: World): BackLook {
  return { status: 'observed', snapshot, facts: knownFacts, backups: backupsIn(world), blind: false };
}

/** Plans taking back what a stopped upgrade left, from what can be seen of the cluster now. */
export function planBack(
  { run, world }: Stopped,
  options: { scope?: RollbackScope; etcd?: EtcdWay; earlier?: readonly Run[]; facts?: RollbackFacts } = {},
): Plan | Refusal {
  const { scope = { kind: 'all' }, etcd, earlier = [], facts = knownFacts } = options;
  const blind = !apiAnswers(world);
  return planRollback(
    { of: run, scope, ...(etcd === undefined ? {} : { etcd }) },
    blind ? blindly(world, newestBegun(run)) : { ...world.snapshot, crds: [] },
    { backups: backupsIn(world), earlier, ...(blind ? { blind } : {}) },
    facts,
    policyOf(),
  );
}

/**
 * The worlds on the way of a plan: the one at the start, then one after each step, and after each static pod of a step
 * that puts back several. Throws where a cluster would refuse.
 */
export function worldsOf(world: World, plan: Plan, id: RunId): World[] {
  const worlds = [world];
  for (const part of stepsOf(plan).flatMap(podByPod)) worlds.push(act(worlds.at(-1) ?? world, part, id));
  return worlds;
}

function podByPod(step: Step): Step[] {
  if (step.kind !== 'restore-static-pods') return [step];
  return step.input.pods.map((pod) => ({ ...step, input: { ...step.input, pods: [pod] } }));
}

/** Takes an upgrade back with as many rollbacks as it needs: one, and one before it where no API server answers. */
export function takenBack(
  stopped: Stopped,
  options: { etcd?: EtcdWay; earlier?: readonly Run[] } = {},
): { worlds: World[]; plans: Plan[]; refused?: Refusal } {
  const worlds = [stopped.world];
  const plans: Plan[] = [];
  const earlier = [...(options.earlier ?? [])];
  let { world } = stopped;
  for (const name of ['back22', 'back33', 'back44']) {
    const id = RunId.parse(name);
    // What was asked for is done by the first one; the rest goes the cheapest way.
    const etcd = plans.length === 0 ? options.etcd : undefined;
    const plan = planBack({ run: stopped.run, world }, { earlier, ...(etcd === undefined ? {} : { etcd }) });
    if (plan.kind === 'refusal') return { worlds, plans, refused: plan };
    worlds.push(...worldsOf(world, plan, id).slice(1));
    plans.push(plan);
    const wasBlind = !apiAnswers(world);
    world = worlds.at(-1) ?? world;
    earlier.push(haltedRun(id, plan, stepsOf(plan).length, false));
    if (!wasBlind) break;
  }
  return { worlds, plans };
}
