import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/domain/event.ts';
import { StepFailure } from '../../src/domain/failure.ts';
import { NodeName } from '../../src/domain/names.ts';
import { openingAt } from '../../src/domain/opening.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { stepsOf } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import { nodeOf, type Step, type StepKind } from '../../src/domain/step.ts';
import { version } from '../../src/domain/version.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { cordonAnnotation, quarantineLabel } from '../../src/ports/kubernetes.ts';
import type { StepHandler, StepHandlers } from '../../src/ports/step-handler.ts';
import { turnOf } from '../../src/run/next/turns.ts';
import { cordonNode } from '../../src/steps/cordon-node.ts';
import { quarantineNode } from '../../src/steps/quarantine-node.ts';
import { uncordonNode } from '../../src/steps/uncordon-node.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { type FakeKubernetes, fakeKubernetes, nodeObject } from '../support/fake-kubernetes.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { dana, runId } from '../support/sample-plan.ts';
import { policyOf, snapshotOf } from '../support/snapshots.ts';
import { slowly, type VirtualRun, virtualRun } from '../support/virtual-run.ts';

const seed = 20_261_123;
const target = version('1.34.9');
const names = Array.from({ length: 8 }, (_, index) => `w-${index + 1}`);
/** What a kubelet's turn may fail at for good, before and after the cordon. */
const weakSpots = ['install-kubeadm', 'drain-node', 'restart-kubelet'] as const;

interface Case {
  readonly workers: Record<string, unknown>;
  /** Of the workers, which are as many. */
  readonly zones: readonly (string | undefined)[];
  /** Cordoned by somebody else before the run. */
  readonly foreign: readonly string[];
  readonly broken: Readonly<Record<string, (typeof weakSpots)[number]>>;
  readonly seconds: number;
  readonly nightly: boolean;
}

const anyCase: fc.Arbitrary<Case> = fc.record({
  workers: fc.record(
    {
      canary: fc.integer({ min: 0, max: 2 }),
      batch: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom('25%', '100%')),
      maxUnavailable: fc.constantFrom(2, 3, '50%'),
      onFailure: fc.constantFrom('halt', 'quarantine'),
      failureBudget: fc.integer({ min: 0, max: 3 }),
      pauseSeconds: fc.constantFrom(0, 90),
      soak: fc.constantFrom({ enabled: false }, { enabled: true }),
      zones: fc.constantFrom('one-at-a-time', 'spread', 'ignore'),
    },
    { requiredKeys: [] },
  ),
  zones: fc.array(fc.constantFrom('a', 'b', undefined), { minLength: 8, maxLength: 8 }),
  foreign: fc.subarray(names, { maxLength: 1 }),
  broken: fc
    .array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...weakSpots)), { maxLength: 3 })
    .map((pairs) => Object.fromEntries(pairs)),
  seconds: fc.constantFrom(20, 400),
  nightly: fc.boolean(),
});

interface World {
  readonly plan: Plan;
  readonly virtual: VirtualRun;
  readonly kubernetes: () => FakeKubernetes;
  readonly log: readonly string[];
  /** What went wrong while it ran, in words. */
  readonly wrongs: string[];
}

const workersOf = ({ zones }: Case): string[] => names.slice(0, zones.length);

function worldOf(given: Case): World {
  const calendar = given.nightly ? { windows: [{ from: '22:00', to: '00:30' }] } : {};
  const snapshot = snapshotOf({
    controlPlanes: ['cp-1'],
    workers: workersOf(given),
    nodes: Object.fromEntries(
      workersOf(given).map((name, index) => {
        const zone = given.zones[index];
        return [name, { ...(zone ? { zone } : {}), unschedulable: given.foreign.includes(name) }];
      }),
    ),
  });
  const policy = policyOf({ workers: given.workers, ...calendar });
  const plan = planUpgrade({ cluster: snapshot.cluster, target }, snapshot, policy);
  if (plan.kind === 'refusal') throw new Error(plan.findings.map(({ summary }) => summary).join('\n'));

  const world = createEffectWorld();
  world.around = (moment, step) => {
    const node = nodeOf(step);
    if (moment !== 'before' || node === undefined || given.broken[node] !== step.kind) return;
    throw new StepFailure('node.kubelet-not-ready', `${node}: broken at ${step.kind}.`);
  };
  const wrongs: string[] = [];
  let kubernetes: FakeKubernetes | undefined;
  const handlersOf = (clock: ManualClock): StepHandlers => {
    kubernetes = fakeKubernetes(clock);
    for (const { name, unschedulable } of snapshot.nodes)
      kubernetes.nodes.set(name, nodeObject(name, { unschedulable }));
    return handlers(
      slowly(effectHandlers(world), clock, () => given.seconds),
      kubernetes,
      clock,
      wrongs,
    );
  };
  const virtual = virtualRun(plan, handlersOf, {
    onEvent: (event, run) => wrongs.push(...wrongAt(event, run)),
  });
  return {
    plan,
    virtual,
    kubernetes: () => kubernetes ?? fakeKubernetes(virtual.clock),
    log: world.log,
    wrongs,
  };
}

/** The true handlers of what is under test; the cordon of the others is what a drain does first. */
function handlers(
  effects: StepHandlers,
  kubernetes: FakeKubernetes,
  clock: ManualClock,
  wrongs: string[],
): StepHandlers {
  const kubernetesOf = () => kubernetes;
  const isAway = ({ ready, unschedulable }: { ready: boolean; unschedulable: boolean }) =>
    !ready || unschedulable;
  const place = cordonNode({ kubernetesOf, clock });
  const counted: typeof place = {
    ...place,
    async act(step, context) {
      const before = kubernetes.nodes.get(step.input.node);
      await place.act(step, context);
      const away = [...kubernetes.nodes.values()].filter(isAway).length;
      if (before && !isAway(before) && away > step.input.maxUnavailable)
        wrongs.push(`${away} away after ${step.key}, ${step.input.maxUnavailable} may be`);
    },
  };
  const drain: StepHandler<Step> = {
    ...(effects['drain-node'] as StepHandler<Step>),
    async act(step, context) {
      const node = NodeName.parse(nodeOf(step));
      await kubernetes.cordon(node, context.run);
      await (effects['drain-node'] as StepHandler<Step>).act(step, context);
    },
  };
  const own: Partial<Record<StepKind, unknown>> = {
    'cordon-node': counted,
    'quarantine-node': quarantineNode({ kubernetesOf }),
    'uncordon-node': uncordonNode({ kubernetesOf }),
    'drain-node': drain,
  };
  return new Proxy(effects, {
    get: (target, kind: StepKind) => own[kind] ?? target[kind],
  });
}

/** What an event shows to be wrong about the policy, in words. */
function wrongAt(event: RunEvent, run: Run): string[] {
  const { policy, phases } = run.plan;
  if (event.kind === 'node-quarantined' && run.course.quarantined.length > policy.workers.failureBudget)
    return [`${run.course.quarantined.length} in quarantine, the budget is ${policy.workers.failureBudget}`];
  if (event.kind !== 'step-started') return [];
  const turn = turnOf(run, event.step);
  if (!turn || turn.subject.kind !== 'node' || turn.steps[0]?.key !== event.step || event.attempt > 1)
    return [];
  const phase = phases.findIndex(({ batches }) =>
    batches.some(({ turns }) => turns.some(({ steps }) => steps[0]?.key === event.step)),
  );
  const earlier = phases.slice(0, phase).flatMap(({ kind, batches }) => (kind === 'canary' ? batches : []));
  const canaries = stepsOf({
    phases: [{ kind: 'canary', batches: earlier.length > 0 ? earlier : [] }] as Plan['phases'],
  });
  const open = canaries.find(
    ({ key }) => !['succeeded', 'skipped'].includes(run.steps.get(key)?.status ?? ''),
  );
  const isOpen = openingAt(policy, Date.parse(event.at)).open;
  return [
    ...(phases[phase]?.kind === 'workers' && open ? [`${event.step} began before ${open.key} was over`] : []),
    ...(isOpen ? [] : [`${event.step} began outside the window, at ${event.at}`]),
  ];
}

/** Drives to the end; whoever is asked skips the node. */
async function toTheEnd({ virtual }: World, deaths?: ReadonlyMap<number, 'before' | 'after'>): Promise<Run> {
  for (let asked = 0; asked < 20; asked += 1) {
    const run = await virtual.drive({
      enough: ({ status }) => status === 'halted',
      ...(deaths ? { deaths } : {}),
    });
    if (run.status !== 'halted') return run;
    virtual.byPerson((halted, at) => {
      const step = halted.halt?.step;
      if (step === undefined) return [];
      const steps = turnOf(halted, step)?.steps ?? [];
      const rest = steps.slice(steps.findIndex(({ key }) => key === step) + 1);
      return [
        { kind: 'decision-made', at, by: dana, choice: 'skip', step },
        ...rest
          .filter(({ key }) => !halted.steps.has(key))
          .map(({ key }): RunEvent => ({ kind: 'step-skipped', at, step: key, by: dana, reason: 'broken' })),
      ];
    });
  }
  throw new Error('asked too often');
}

/** Where everything is in the end, however it came there. */
function outcome({ virtual, kubernetes, log }: World) {
  return {
    status: virtual.run().status,
    steps: [...virtual.run().steps.values()].map(({ key, status }) => `${key} ${status}`).toSorted(),
    quarantined: virtual
      .run()
      .course.quarantined.map(({ node }) => node)
      .toSorted(),
    nodes: [...kubernetes().nodes.values()].map(({ name, unschedulable, labels, annotations }) => ({
      name,
      unschedulable,
      quarantine: labels[quarantineLabel],
      mark: annotations[cordonAnnotation],
    })),
    log: log.toSorted(),
  };
}

test('of any policy: no more away than may be, canaries first, the budget kept, nothing begun outside a window, only own cordons taken away', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async (given) => {
      const world = worldOf(given);
      const run = await toTheEnd(world);
      expect(world.wrongs).toEqual([]);
      expect(run.status).toBe('succeeded');
      const aside = new Set(run.course.quarantined.map(({ node }) => String(node)));
      for (const { name, unschedulable, annotations, labels } of world.kubernetes().nodes.values()) {
        if (given.foreign.includes(name)) {
          expect(
            unschedulable && annotations[cordonAnnotation] === undefined,
            `${name}, cordoned by others`,
          ).toBe(true);
        } else if (!aside.has(name) && given.broken[name] === undefined) {
          expect([unschedulable, annotations[cordonAnnotation]], name).toEqual([false, undefined]);
        }
        expect(labels[quarantineLabel], name).toBe(aside.has(name) ? runId : undefined);
      }
    }),
    { seed, numRuns: 30 },
  );
}, 60_000);

test('of any policy: processes that die at commits come to the same end', async () => {
  const withoutHalts = anyCase.filter(
    ({ broken, workers }) =>
      Object.keys(broken).length === 0 ||
      // Which of two nodes finds the budget used up is a matter of time.
      (workers['onFailure'] === 'quarantine' && workers['failureBudget'] === 3 && workers['canary'] === 0),
  );
  await fc.assert(
    fc.asyncProperty(
      withoutHalts,
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('before', 'after')), {
        minLength: 1,
        maxLength: 4,
      }),
      async (given, deaths) => {
        const whole = worldOf(given);
        await toTheEnd(whole);
        const commits = whole.virtual.commits();
        const again = worldOf(given);
        await toTheEnd(
          again,
          new Map(deaths.map(([share, moment]) => [1 + Math.floor(share * (commits - 1)), moment] as const)),
        );
        expect(outcome(again)).toEqual(outcome(whole));
        expect(again.wrongs).toEqual([]);
      },
    ),
    { seed, numRuns: 14 },
  );
}, 60_000);

test('a process that dies at every commit in turn comes to the same end', async () => {
  const given: Case = {
    workers: { canary: 0, batch: 3, maxUnavailable: 3, onFailure: 'quarantine', failureBudget: 2 },
    zones: ['a', 'a', 'a', 'b', 'b'],
    foreign: ['w-2'],
    broken: { 'w-3': 'drain-node', 'w-5': 'install-kubeadm' },
    seconds: 20,
    nightly: false,
  };
  const whole = worldOf(given);
  await toTheEnd(whole);
  const commits = whole.virtual.commits();
  for (let at = 1; at <= commits; at += 1) {
    const moment = at % 2 === 0 ? 'before' : 'after';
    const again = worldOf(given);
    await toTheEnd(again, new Map([[at, moment]]));
    expect(outcome(again), `a death ${moment} commit ${at}`).toEqual(outcome(whole));
  }
}, 60_000);
