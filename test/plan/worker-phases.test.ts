import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Plan, stepsOf } from '../../src/domain/plan.ts';
import { nodeOf as nodeOfStep } from '../../src/domain/step.ts';
import { version } from '../../src/domain/version.ts';
import { isUpToDate, planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { type NodeOverrides, policyOf, type SnapshotOptions, snapshotOf } from '../support/snapshots.ts';

const target = version('1.34.9');
const six = ['w-1', 'w-2', 'w-3', 'w-4', 'w-5', 'w-6'];

function resultOf(policy: Record<string, unknown>, options: SnapshotOptions = {}) {
  const snapshot = snapshotOf({ workers: six, ...options });
  return planUpgrade({ cluster: snapshot.cluster, target }, snapshot, policyOf(policy));
}

function planOf(policy: Record<string, unknown>, options: SnapshotOptions = {}): Plan {
  const plan = resultOf(policy, options);
  if (plan.kind === 'refusal') throw new Error(plan.findings.map(({ summary }) => summary).join('\n'));
  return plan;
}

/** The nodes of the batches of workers, in order, canaries included. */
function batchesOf(plan: Plan): string[][] {
  return plan.phases
    .filter(({ kind }) => kind === 'canary' || kind === 'workers')
    .flatMap(({ batches }) => batches)
    .map(({ turns }) => turns.flatMap(({ subject }) => (subject.kind === 'node' ? [subject.node] : [])))
    .filter((nodes) => nodes.length > 0);
}

const zones = (of: Record<string, string>): Record<string, NodeOverrides> =>
  Object.fromEntries(Object.entries(of).map(([name, zone]) => [name, { zone }]));
const twoZones = zones({ 'w-1': 'a', 'w-2': 'b', 'w-3': 'a', 'w-4': 'b', 'w-5': 'a', 'w-6': 'b' });

describe('failure domains', () => {
  test('where every worker says its zone, a batch keeps to one', () => {
    const plan = planOf({ workers: { canary: 0, batch: 2 } }, { nodes: twoZones });
    expect(batchesOf(plan)).toEqual([['w-1', 'w-3'], ['w-5'], ['w-2', 'w-4'], ['w-6']]);
    const turn = plan.phases.flatMap(({ batches }) => batches).flatMap(({ turns }) => turns);
    expect(turn.find(({ subject }) => subject.kind === 'node' && subject.node === 'w-6')?.reason).toBe(
      'batch 4 of 4, zone b',
    );
  });

  test('where one worker says none they are ignored, unless the policy wants them', () => {
    const { 'w-6': _, ...known } = twoZones;
    expect(batchesOf(planOf({ workers: { canary: 0, batch: 3 } }, { nodes: known }))).toHaveLength(2);
    const wanted = planOf({ workers: { canary: 0, batch: 3, zones: 'one-at-a-time' } }, { nodes: known });
    expect(batchesOf(wanted)).toEqual([['w-6'], ['w-1', 'w-3', 'w-5'], ['w-2', 'w-4']]);
  });

  test('spread takes from every zone in turn', () => {
    const plan = planOf({ workers: { canary: 0, batch: 2, zones: 'spread' } }, { nodes: twoZones });
    expect(batchesOf(plan)).toEqual([
      ['w-1', 'w-2'],
      ['w-3', 'w-4'],
      ['w-5', 'w-6'],
    ]);
  });
});

describe('nodes chosen by hand', () => {
  test('first ones come first, as canaries too, last ones last, in the order given', () => {
    const plan = planOf({
      workers: { canary: 1, batch: 2 },
      nodes: { first: ['w-5', 'w-4'], last: ['w-2', 'w-1'] },
    });
    expect(batchesOf(plan)).toEqual([['w-5'], ['w-4', 'w-3'], ['w-6', 'w-2'], ['w-1']]);
  });

  test('excluded ones have no step, and the plan says so', () => {
    const plan = planOf({ nodes: { exclude: ['w-2'] } });
    expect(stepsOf(plan).filter((step) => nodeOfStep(step) === 'w-2')).toEqual([]);
    expect(plan.findings.find(({ code }) => code === 'nodes.excluded')?.summary).toBe(
      'Left out by the policy: w-2. It stays as it is.',
    );
  });

  test('a cluster that is done but for what is excluded has nothing to do', () => {
    const done = Object.fromEntries(
      six
        .filter((name) => name !== 'w-2')
        .concat(['cp-1', 'cp-2', 'cp-3'])
        .map((name) => [
          name,
          {
            kubeletVersion: target,
            host: { packages: { kubeadm: '1.34.9', kubelet: '1.34.9', kubectl: '1.34.9' } },
            ...(name.startsWith('cp')
              ? { controlPlane: { apiServer: target, controllerManager: target, scheduler: target } }
              : {}),
          },
        ]),
    );
    const kubeadm = { kubernetesVersion: target, imageRepository: 'registry.k8s.io', featureGates: {} };
    const result = resultOf({ nodes: { exclude: ['w-2'] } }, { nodes: done, overrides: { kubeadm } });
    expect(result.kind === 'refusal' && isUpToDate(result)).toBe(true);
    expect(result.findings.map(({ code }) => code)).toContain('nodes.excluded');
  });

  test('a control plane cannot be left out, and a name that nobody has is told', () => {
    const refusal = resultOf({ nodes: { exclude: ['cp-2'], last: ['w-9'] } });
    expect(refusal.kind).toBe('refusal');
    expect(refusal.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['nodes.control-plane-excluded', 'nodes.unknown']),
    );
  });
});

describe('pools', () => {
  const labelled = {
    'w-2': { labels: { pool: 'gpu' } },
    'w-4': { labels: { pool: 'gpu' } },
    'w-6': { labels: { pool: 'gpu', spot: 'yes' } },
  };
  const gpu = { name: 'gpu', selector: { pool: 'gpu' } };

  test('have a batch, canaries and an order of their own', () => {
    const plan = planOf(
      { workers: { batch: 3, pools: [{ ...gpu, order: 1, batch: 1, canary: 1 }] } },
      { nodes: labelled },
    );
    expect(batchesOf(plan)).toEqual([['w-1'], ['w-3', 'w-5'], ['w-2'], ['w-4'], ['w-6']]);
    expect(plan.phases.map(({ kind }) => kind).slice(-5)).toEqual([
      'canary',
      'workers',
      'canary',
      'workers',
      'after',
    ]);
  });

  test('a node belongs to the first pool that fits, and its turns say which', () => {
    const plan = planOf(
      {
        workers: {
          canary: 0,
          pools: [{ name: 'spot', selector: { spot: 'yes' } }, gpu],
        },
      },
      { nodes: labelled },
    );
    const pools = plan.phases
      .flatMap(({ batches }) => batches)
      .flatMap(({ turns }) => turns)
      .flatMap(({ subject, pool }) =>
        subject.kind === 'node' && pool !== undefined ? [[subject.node, pool]] : [],
      );
    expect(pools).toEqual([
      ['w-6', 'spot'],
      ['w-2', 'gpu'],
      ['w-4', 'gpu'],
    ]);
  });
});

describe('gates', () => {
  const gates = [
    { before: 'workers', kind: 'approval' },
    { before: 'batches', kind: 'healthy', needed: 2, name: 'shop' },
    { before: 'workers', kind: 'command', command: ['check-it'] },
    { before: 'control-plane', kind: 'promql', query: 'up == 1' },
  ];

  test('stand where they are configured to, in their order', () => {
    const plan = planOf({ gates });
    const kinds = plan.phases.map(({ kind }) => kind);
    expect(kinds[1]).toBe('gate');
    expect(kinds.slice(-5)).toEqual(['gate', 'canary', 'gate', 'workers', 'after']);
    const names = stepsOf(plan).flatMap((step) => (step.kind === 'gate' ? [step.key] : []));
    expect(names).toEqual([
      'v1.34.9/gate/control-plane-1',
      'v1.34.9/gate/workers-1',
      'v1.34.9/gate/workers-2',
      'v1.34.9/gate/shop',
    ]);
  });

  test('a command runs on a control plane', () => {
    const command = stepsOf(planOf({ gates })).find(
      (step) => step.kind === 'gate' && step.input.gate.kind === 'command',
    );
    expect(command?.input).toMatchObject({ node: 'cp-1' });
  });

  test('without workers there is no gate before them', () => {
    const plan = planOf({ gates }, { workers: [] });
    expect(stepsOf(plan).filter(({ kind }) => kind === 'gate')).toHaveLength(1);
  });
});

describe('how many may be away', () => {
  test('a batch is no larger, and what is away already counts', () => {
    const policy = { workers: { canary: 0, batch: 5, maxUnavailable: 3 } };
    expect(batchesOf(planOf(policy)).map(({ length }) => length)).toEqual([3, 3]);
    const cordoned = planOf(policy, { nodes: { 'w-6': { unschedulable: true } } });
    expect(batchesOf(cordoned).map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  test('every worker takes its place before it is drained', () => {
    const kinds = stepsOf(planOf({ workers: { maxUnavailable: '34%' } })).filter(
      (step) => nodeOfStep(step) === 'w-3',
    );
    const place = kinds.findIndex(({ kind }) => kind === 'cordon-node');
    expect(kinds[place]?.input).toEqual({ node: 'w-3', maxUnavailable: 2 });
    expect(kinds[place + 1]?.kind).toBe('drain-node');
  });

  test('as many away as may be is told before anybody approves', () => {
    const plan = planOf({ workers: { maxUnavailable: 1 } }, { nodes: { 'w-6': { unschedulable: true } } });
    expect(plan.findings.map(({ code }) => code)).toContain('nodes.too-many-unavailable');
  });
});

test('of any policy: every pending worker once, canaries before the batches of their group, no batch too large', () => {
  const node = fc.record({
    zone: fc.constantFrom(undefined, 'a', 'b', 'c'),
    pool: fc.constantFrom('x', 'y', ''),
    unschedulable: fc.constantFrom(false, false, false, true),
  });
  const names = Array.from({ length: 12 }, (_, index) => `w-${index + 1}`);
  fc.assert(
    fc.property(
      fc.record({
        nodes: fc.array(node, { minLength: 12, maxLength: 12 }),
        zonesMode: fc.constantFrom(undefined, 'one-at-a-time', 'spread', 'ignore'),
        batch: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom('10%', '50%', '100%')),
        canary: fc.integer({ min: 0, max: 3 }),
        maxUnavailable: fc.constantFrom(undefined, 1, 3, '50%'),
        pools: fc.subarray([
          { name: 'x', selector: { pool: 'x' }, batch: 1, order: 1 },
          { name: 'y', selector: { pool: 'y' }, canary: 2, order: -1 },
        ]),
        chosen: fc.shuffledSubarray(names, { maxLength: 6 }),
        soak: fc.boolean(),
      }),
      ({ nodes, zonesMode, batch, canary, maxUnavailable, pools, chosen, soak }) => {
        const [exclude, first, last] = [chosen.slice(0, 2), chosen.slice(2, 4), chosen.slice(4)];
        const overrides = Object.fromEntries(
          names.map((name, index): [string, NodeOverrides] => {
            const { zone, pool = '', unschedulable = false } = nodes[index] ?? {};
            return [name, { ...(zone ? { zone } : {}), labels: { pool }, unschedulable }];
          }),
        );
        const plan = planOf(
          {
            workers: {
              batch,
              canary,
              pools,
              soak: { enabled: soak },
              ...(zonesMode === undefined ? {} : { zones: zonesMode }),
              ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
            },
            nodes: { exclude, first, last },
          },
          { workers: names, nodes: overrides },
        );
        const batches = batchesOf(plan);
        expect(batches.flat().toSorted()).toEqual(names.filter((name) => !exclude.includes(name)).toSorted());
        const largest = maxUnavailable === '50%' ? 6 : (maxUnavailable ?? 12);
        for (const group of batches) expect(group.length).toBeLessThanOrEqual(Number(largest));
        if (zonesMode === 'one-at-a-time') {
          for (const group of batches) {
            expect(new Set(group.map((name) => overrides[name]?.zone)).size).toBe(1);
          }
        }
        for (const phase of plan.phases.filter(({ kind }) => kind === 'canary')) {
          for (const { turns } of phase.batches) expect(turns).toHaveLength(1);
        }
        const soaks = stepsOf(plan).filter(({ kind }) => kind === 'soak');
        expect(soaks).toHaveLength(soak ? batches.length : 0);
      },
    ),
    { seed: 20_261_123, numRuns: 150 },
  );
});
