import { describe, expect, test } from 'vitest';
import { StepFailure } from '../../src/domain/failure.ts';
import { NodeName } from '../../src/domain/names.ts';
import { type Plan, stepsOf } from '../../src/domain/plan.ts';
import { nodeOf, type Step } from '../../src/domain/step.ts';
import { quarantinedFor } from '../../src/run/next/quarantine.ts';
import { skippedNodes } from '../../src/run/next/turns.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { dana } from '../support/sample-plan.ts';
import { realPlan, workers } from '../support/stories.ts';
import { slowly, virtualRun } from '../support/virtual-run.ts';

function planOf(policy: Record<string, unknown>): Plan {
  return realPlan(
    { controlPlanes: ['cp-1'], leader: 'cp-1', workers: workers(6) },
    { workers: { batch: 2, onFailure: 'quarantine', failureBudget: 1, ...policy }, approvals: { needed: 1 } },
  );
}

/** Steps of these nodes fail when their kubelet is to be restarted, until they are mended. */
function started(
  plan: Plan,
  broken: Set<string>,
  code: 'node.kubelet-not-ready' | 'kubernetes.refused' = 'node.kubelet-not-ready',
) {
  const world = createEffectWorld();
  world.around = (moment, step) => {
    if (moment !== 'before' || step.kind !== 'restart-kubelet') return;
    if (broken.has(nodeOf(step) ?? '')) throw new StepFailure(code, `${nodeOf(step)}: it is not Ready.`);
  };
  return { world, virtual: virtualRun(plan, (clock) => slowly(effectHandlers(world), clock)) };
}

const done = (log: readonly string[], kind: Step['kind'], node: string) =>
  log.some((key) => key.includes(`/${node}/${kind}`));

describe('where policy has the others go on', () => {
  test('a worker that fails is set aside, cordoned and labelled, and the others come to their end', async () => {
    const { world, virtual } = started(planOf({}), new Set(['w-03']));
    const run = await virtual.drive();
    expect(run.status).toBe('succeeded');
    expect(run.course.quarantined.map(({ node }) => node)).toEqual(['w-03']);
    expect(world.log).toContain('v1.34.9/w-03/quarantine-node/1');
    for (const node of ['w-01', 'w-02', 'w-04', 'w-05', 'w-06'])
      expect(done(world.log, 'uncordon-node', node), node).toBe(true);
    expect(done(world.log, 'uncordon-node', 'w-03')).toBe(false);
    expect(skippedNodes(run)).toContain(NodeName.parse('w-03'));
  });

  test('one more than the budget halts the run; a retry of it goes on', async () => {
    const broken = new Set(['w-03', 'w-05']);
    const { virtual } = started(planOf({}), broken);
    const halted = await virtual.drive({ enough: ({ status }) => status === 'halted' });
    expect(halted.halt?.step).toContain('/w-05/restart-kubelet');
    expect(halted.course.quarantined.map(({ node }) => node)).toEqual(['w-03']);
    broken.delete('w-05');
    virtual.byPerson(({ halt }, at) => [
      { kind: 'decision-made', at, by: dana, choice: 'retry', ...(halt ? { step: halt.step } : {}) },
    ]);
    const run = await virtual.drive();
    expect(run.status).toBe('succeeded');
    expect(run.course.quarantined).toHaveLength(1);
  });

  test('a canary that fails halts the run, budget or not', async () => {
    const { virtual } = started(planOf({}), new Set(['w-01']));
    const run = await virtual.drive({ enough: ({ status }) => status === 'halted' });
    expect(run.course.quarantined).toEqual([]);
    expect([...run.steps.keys()].filter((key) => /w-0[2-6]/.test(key))).toEqual([]);
  });

  test('a failure that is not the node’s halts the run', async () => {
    const { virtual } = started(planOf({}), new Set(['w-03']), 'kubernetes.refused');
    const run = await virtual.drive({ enough: ({ status }) => status === 'halted' });
    expect(run.course.quarantined).toEqual([]);
  });

  test('one in quarantine can be tried again in the middle of a later batch, and then takes its whole turn', async () => {
    const broken = new Set(['w-03']);
    const { world, virtual } = started(planOf({}), broken);
    await virtual.drive({
      enough: ({ steps }) => [...steps.keys()].some((key) => key.includes('/w-05/drain')),
    });
    broken.clear();
    virtual.byPerson(({ course: { quarantined } }, at) =>
      quarantined.map(({ node, step }) => ({ kind: 'quarantine-lifted', at, by: dana, node, step })),
    );
    const run = await virtual.drive();
    expect(run.status).toBe('succeeded');
    expect(run.course.quarantined).toEqual([]);
    expect(done(world.log, 'uncordon-node', 'w-03')).toBe(true);
    expect(skippedNodes(run).size).toBe(0);
    expect([...world.done.values()].every((times) => times === 1)).toBe(true);
  });

  test('one that fails again after it was tried again is set aside again', async () => {
    const { world, virtual } = started(planOf({}), new Set(['w-03']));
    await virtual.drive({ enough: ({ course }) => course.quarantined.length > 0 });
    virtual.byPerson(({ course: { quarantined } }, at) =>
      quarantined.map(({ node, step }) => ({ kind: 'quarantine-lifted', at, by: dana, node, step })),
    );
    const run = await virtual.drive();
    expect(run.course.quarantined).toMatchObject([{ node: 'w-03', attempt: 2 }]);
    expect(world.log).toContain('v1.34.9/w-03/quarantine-node/2');
  });

  test('an abort puts back the cordon of one that still has its old kubelet', async () => {
    const plan = planOf({});
    const world = createEffectWorld();
    world.around = (moment, step) => {
      if (moment === 'before' && step.kind === 'drain-node' && nodeOf(step) === 'w-03')
        throw new StepFailure('drain.pod-stuck', 'w-03: a pod does not end.');
    };
    const virtual = virtualRun(plan, (clock) => slowly(effectHandlers(world), clock));
    await virtual.drive({
      enough: () => world.log.includes('v1.34.9/w-03/quarantine-node/1'),
    });
    virtual.byPerson((_, at) => [{ kind: 'abort-requested', at, by: dana }]);
    const run = await virtual.drive();
    expect(run.status).toBe('aborted');
    expect(done(world.log, 'uncordon-node', 'w-03')).toBe(true);
  });
});

test('where policy has the run halt, a worker that fails halts it', async () => {
  const { virtual } = started(planOf({ onFailure: 'halt' }), new Set(['w-03']));
  const run = await virtual.drive({ enough: ({ status }) => status === 'halted' });
  expect(run.course.quarantined).toEqual([]);
});

test('a process that dies at any commit around a quarantine sets the node aside once, and comes to the same end', async () => {
  const plan = planOf({});
  const whole = started(plan, new Set(['w-03']));
  await whole.virtual.drive();
  const around = whole.virtual.events.findIndex(({ kind }) => kind === 'node-quarantined');
  // Two events of the approval were committed before the first of the driver.
  for (const at of [around - 6, around - 5, around - 4, around - 3, around - 2, around - 1]) {
    for (const moment of ['before', 'after'] as const) {
      const { world, virtual } = started(plan, new Set(['w-03']));
      const deaths = new Map([
        [at, moment],
        [at + 2, moment],
      ]);
      const run = await virtual.drive({ deaths });
      expect(run.status, `${moment} commit ${at}`).toBe('succeeded');
      expect(run.course.quarantined.map(({ node }) => node)).toEqual(['w-03']);
      expect(world.log.toSorted()).toEqual(whole.world.log.toSorted());
    }
  }
});

describe('a worker is never set aside', () => {
  const plan = planOf({});
  const step = stepsOf(plan).find(({ key }) => key.includes('/w-03/restart-kubelet'));
  const failure = { code: 'node.kubelet-not-ready' } as const;
  const judged = (phases: Plan['phases'], failed: Parameters<typeof quarantinedFor>[2] = failure) => {
    const run = virtualRun({ ...plan, phases }, (clock) =>
      slowly(effectHandlers(createEffectWorld()), clock),
    ).run();
    if (!step) throw new Error('the plan has no such step');
    return quarantinedFor(run, step, failed);
  };

  test('before another hop of the control plane, which could leave its kubelet behind too far', () => {
    const controlPlane = plan.phases.filter(({ kind }) => kind === 'control-plane');
    expect(judged(plan.phases)).toBe('w-03');
    expect(judged([...plan.phases, ...controlPlane])).toBeUndefined();
  });

  test('while a command still runs on it: a person says whether it is waited for', () => {
    const act = { node: NodeName.parse('w-03'), base: 'abc234-x', attempt: 1 };
    expect(judged(plan.phases, { ...failure, act })).toBeUndefined();
  });
});
