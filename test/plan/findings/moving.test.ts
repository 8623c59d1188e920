import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NodeSnapshot } from '../../../src/domain/snapshot.ts';
import type { Amounts, Placement } from '../../../src/domain/workload-facts.ts';
import { takes } from '../../../src/plan/nodes/placement.ts';
import { roomFor } from '../../../src/plan/nodes/room.ts';
import { policyOf, type SnapshotOptions, snapshotOf } from '../../support/snapshots.ts';
import { findingsOf, onNode, pdb, testRows } from './support.ts';

const GiB = 1024 ** 3;
const amounts = (cpuMillis: number, memoryGiB: number, pods: number): Amounts => ({
  cpuMillis,
  memoryBytes: memoryGiB * GiB,
  pods,
});
const anywhere: Placement = { nodeSelector: {}, affinity: [], tolerations: [] };
const tainted = [{ key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }];

/** Three workers of 4 cores and 16 GiB; what is given is what pods ask for on each, all of which may run anywhere. */
function cluster(
  requested: Record<string, Amounts>,
  options: {
    placements?: Placement[];
    largest?: Amounts;
    labels?: Record<string, Record<string, string>>;
  } = {},
): SnapshotOptions {
  const workers = Object.keys(requested);
  const room = (name: string): NonNullable<NodeSnapshot['room']> => {
    const asked = requested[name] ?? amounts(0, 0, 0);
    const largest = options.largest ?? amounts(asked.cpuMillis / Math.max(1, asked.pods), 1, 1);
    return {
      allocatable: amounts(4_000, 16, 20),
      requested: asked,
      demand: asked.pods > 0 ? [{ placement: 0, total: asked, largest }] : [],
    };
  };
  const free = { allocatable: amounts(4_000, 16, 110), requested: amounts(1_000, 2, 8), demand: [] };
  return {
    workers,
    nodes: {
      ...Object.fromEntries(['cp-1', 'cp-2', 'cp-3'].map((name) => [name, { room: free, taints: tainted }])),
      ...Object.fromEntries(
        workers.map((name) => [name, { room: room(name), taints: [], labels: options.labels?.[name] ?? {} }]),
      ),
    },
    overrides: { placements: options.placements ?? [anywhere] },
  };
}

const half = amounts(2_000, 4, 10);

testRows([
  {
    code: 'pdb.never-allows',
    severity: 'blocker',
    title: 'minAvailable as large as the workload',
    options: pdb({ minAvailable: '2' }),
    objects: ['db', 'w-1'],
    says: 'minAvailable 2 of 2 pods leaves 0 that may go, so no drain of w-1 comes to its end',
  },
  {
    code: 'pdb.never-allows',
    severity: 'blocker',
    title: 'maxUnavailable 0',
    options: pdb({ maxUnavailable: '0', expectedPods: 5 }),
    objects: ['db', 'w-1'],
    says: 'maxUnavailable 0 of 5 pods leaves 0',
  },
  {
    code: 'pdb.never-allows',
    severity: 'blocker',
    title: 'a share that is rounded up to all',
    options: pdb({ minAvailable: '51%', expectedPods: 1 }),
    objects: ['db', 'w-1'],
    says: 'minAvailable 51% of 1 pod leaves 0',
  },
  {
    code: 'pdb.blocks-now',
    severity: 'warning',
    title: 'a budget that would allow one if all were healthy',
    options: pdb({ minAvailable: '2', expectedPods: 3, currentHealthy: 2 }),
    objects: ['db', 'w-1'],
    says: 'allows 0 disruptions now (needs 2, has 2)',
  },
  {
    code: 'pdb.several-per-pod',
    severity: 'blocker',
    title: 'a pod with two budgets',
    options: {
      overrides: { overlappingBudgets: [{ pod: 'shop/db-0', node: 'w-1' as never, budgets: ['db', 'all'] }] },
    },
    objects: ['db-0'],
    says: '1 pod is selected by more than one PDB, and such pods cannot be evicted: shop/db-0 (db and all)',
  },
  {
    code: 'drain.local-volumes',
    severity: 'warning',
    title: 'a pod whose volume is on its node',
    options: onNode('w-2', {
      pods: { localVolumes: [{ pod: 'shop/db-0', kind: 'local-volume', what: 'pv-1' }] },
    }),
    objects: ['db-0'],
    says: '1 pod can run on no other node, because its volume is there: shop/db-0 on w-2 (pv-1)',
  },
  {
    code: 'drain.host-paths',
    severity: 'info',
    title: 'a pod that mounts a path of its node',
    options: onNode('w-2', {
      pods: { localVolumes: [{ pod: 'shop/log', kind: 'host-path', what: '/var/log' }] },
    }),
    objects: ['log'],
    says: '1 pod mounts paths of the node, which stay behind when moved: shop/log on w-2 (/var/log)',
  },
  {
    code: 'drain.only-replicas',
    severity: 'info',
    title: 'a pod that is the only one of its workload',
    options: onNode('w-2', { pods: { onlyOnes: ['shop/cache-0'] } }),
    objects: ['cache-0'],
    says: '1 pod is the only one of its workload, away while moved: shop/cache-0 on w-2',
  },
  {
    code: 'drain.grace-too-long',
    severity: 'warning',
    title: 'a pod that may take longer to end than a drain',
    options: onNode('w-2', { pods: { slow: [{ pod: 'batch/enc-0', graceSeconds: 7_200 }] } }),
    objects: ['enc-0'],
    says: 'batch/enc-0 on w-2 (7200 s)',
  },
  {
    code: 'drain.no-room',
    severity: 'warning',
    title: 'cores that the others do not have',
    options: cluster({
      'w-1': amounts(3_000, 2, 4),
      'w-2': amounts(3_000, 2, 4),
      'w-3': amounts(3_500, 2, 4),
    }),
    objects: ['w-1', 'w-2', 'w-3'],
    says: 'While w-1 is drained, 4 pods ask for 3 cores, and the 2 nodes that may take them have 1.5 cores free. So it is with 2 more of 6 batches.',
  },
  {
    code: 'drain.no-room',
    severity: 'warning',
    title: 'places for pods that the others do not have',
    options: cluster({ 'w-1': amounts(100, 1, 12), 'w-2': amounts(100, 1, 16), 'w-3': amounts(100, 1, 14) }),
    objects: ['w-1', 'w-2', 'w-3'],
    says: 'While w-1 is drained, 12 pods move, and the 2 nodes that may take them have places for 10.',
  },
  {
    code: 'drain.no-room',
    severity: 'warning',
    title: 'batches that are too large, where one by one would do',
    options: cluster({ 'w-1': half, 'w-2': half, 'w-3': half }),
    policy: policyOf({ workers: { canary: 0, batch: 2 } }),
    objects: ['w-1', 'w-2'],
    says: 'While w-1 and w-2 are drained, 20 pods ask for 4 cores, and the 1 node that may take them has 2 cores free',
  },
  {
    code: 'drain.no-room',
    severity: 'warning',
    title: 'one pod that fits nowhere as a whole',
    options: cluster(
      { 'w-1': amounts(3_000, 2, 2), 'w-2': amounts(2_000, 2, 2), 'w-3': amounts(2_000, 2, 2) },
      { largest: amounts(2_500, 1, 1) },
    ),
    objects: ['w-1', 'w-2', 'w-3'],
    says: 'one pod asks for 2.5 cores, and no node that may take it has more than 2 cores free',
  },
  {
    code: 'drain.no-room',
    severity: 'warning',
    title: 'pods that only their own node takes',
    options: cluster(
      { 'w-1': amounts(100, 1, 2), 'w-2': amounts(0, 0, 0) },
      {
        placements: [{ ...anywhere, nodeSelector: { disk: 'ssd' } }],
        labels: { 'w-1': { disk: 'ssd' } },
      },
    ),
    objects: ['w-1'],
    says: 'While w-1 is drained, no other node takes 2 pods of theirs.',
  },
]);

describe('and not when it should not', () => {
  const done = {
    kubeletVersion: 'v1.34.9' as never,
    host: { packages: { kubeadm: '1.34.9', kubelet: '1.34.9' } },
  };
  const heavy = {
    localVolumes: [{ pod: 'a/b', kind: 'local-volume' as const, what: 'pv' }],
    onlyOnes: ['a/b'],
    slow: [{ pod: 'a/b', graceSeconds: 9_000 }],
  };
  test.each<[string, SnapshotOptions]>([
    ['a budget without pods', pdb({ minAvailable: '1', expectedPods: 0, disruptionsAllowed: 0, nodes: [] })],
    ['a budget on nodes that are not drained', { ...onNode('w-1', done), ...pdb({ maxUnavailable: '0' }) }],
    ['a budget that lets one go', pdb({ maxUnavailable: '1%', expectedPods: 3, disruptionsAllowed: 1 })],
    ['pods on a node that is not drained', onNode('w-2', { ...done, pods: heavy })],
    [
      'two budgets on a node that is not drained',
      {
        ...onNode('w-1', done),
        overrides: { overlappingBudgets: [{ pod: 'a/b', node: 'w-1' as never, budgets: ['x', 'y'] }] },
      },
    ],
    [
      'a long grace that a drain waits for',
      onNode('w-2', { pods: { slow: [{ pod: 'a/b', graceSeconds: 1_800 }] } }),
    ],
    ['room enough', cluster({ 'w-1': half, 'w-2': half, 'w-3': half })],
    ['a cluster whose room is not known', {}],
  ])('%s', (_title, options) => {
    const codes = findingsOf(options).map(({ code }) => code);
    expect(codes.filter((code) => /^(pdb|drain)\./.test(code))).toEqual([]);
  });

  test('a long grace that policy overrules or has time for', () => {
    const slow = onNode('w-2', { pods: { slow: [{ pod: 'batch/enc', graceSeconds: 7_200 }] } });
    for (const drain of [
      { gracePeriodSeconds: 30 },
      { namespaces: { batch: { gracePeriodSeconds: 30 } } },
      { namespaces: { batch: { timeoutSeconds: 8_000 } } },
      { timeoutSeconds: 8_000 },
    ]) {
      expect(findingsOf(slow, policyOf({ drain })).map(({ code }) => code)).not.toContain(
        'drain.grace-too-long',
      );
    }
  });
});

describe('where a pod may run', () => {
  const node = {
    labels: { pool: 'db', cores: '8' },
    taints: [
      { key: 'dedicated', value: 'db', effect: 'NoSchedule' },
      { key: 'k8s-upgrade-bot/next-in-line', value: 'abc234', effect: 'PreferNoSchedule' },
    ],
  };
  const tolerating = [{ key: 'dedicated', operator: 'Equal', value: 'db', effect: 'NoSchedule' }];
  const on = (key: string, operator: string, ...values: string[]) => [[{ key, operator, values }]];
  test.each<[string, Partial<Placement>, boolean]>([
    ['a taint that is not tolerated', { tolerations: [] }, false],
    ['a taint that is tolerated', {}, true],
    ['a taint of another value', { tolerations: [{ ...tolerating[0], value: 'web' } as never] }, false],
    ['tolerates everything', { tolerations: [{ key: '', operator: 'Exists', value: '', effect: '' }] }, true],
    [
      'tolerates the key',
      { tolerations: [{ key: 'dedicated', operator: 'Exists', value: '', effect: '' }] },
      true,
    ],
    [
      'tolerates another effect',
      { tolerations: [{ ...tolerating[0], effect: 'NoExecute' } as never] },
      false,
    ],
    ['a selector that fits', { nodeSelector: { pool: 'db' } }, true],
    ['a selector that does not', { nodeSelector: { pool: 'web' } }, false],
    ['In', { affinity: on('pool', 'In', 'web', 'db') }, true],
    ['NotIn', { affinity: on('pool', 'NotIn', 'db') }, false],
    ['Exists', { affinity: on('gpu', 'Exists') }, false],
    ['DoesNotExist', { affinity: on('gpu', 'DoesNotExist') }, true],
    ['Gt', { affinity: on('cores', 'Gt', '4') }, true],
    ['Lt', { affinity: on('cores', 'Lt', '4') }, false],
    ['any of the terms', { affinity: [...on('gpu', 'Exists'), ...on('pool', 'In', 'db')] }, true],
  ])('%s', (_title, placement, expected) => {
    expect(takes(node, { ...anywhere, tolerations: tolerating, ...placement })).toBe(expected);
  });
});

test('room is only missed where no way of placing the pods exists', () => {
  const node = fc.record({
    pods: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    size: fc.integer({ min: 2, max: 8 }),
  });
  fc.assert(
    fc.property(fc.array(node, { minLength: 2, maxLength: 4 }), (nodes) => {
      const names = nodes.map((_, index) => `w-${index + 1}`);
      const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
      const snapshot = snapshotOf({
        controlPlanes: ['cp-1'],
        workers: names,
        nodes: Object.fromEntries(
          nodes.map(({ pods, size }, index) => {
            const total = { cpuMillis: sum(pods) * 1_000, memoryBytes: 0, pods: pods.length };
            const largest = { cpuMillis: Math.max(0, ...pods) * 1_000, memoryBytes: 0, pods: 1 };
            const allocatable = { cpuMillis: Math.max(size, sum(pods)) * 1_000, memoryBytes: 1, pods: 110 };
            const demand = pods.length > 0 ? [{ placement: 0, total, largest }] : [];
            return [
              names[index] ?? '',
              { taints: [], labels: {}, room: { allocatable, requested: total, demand } },
            ];
          }),
        ),
        overrides: { placements: [anywhere] },
      });
      const shortageOf = roomFor(snapshot);
      for (const [index, { pods }] of nodes.entries()) {
        const drained = snapshot.nodes.filter(({ name }) => name === names[index]);
        const free = nodes.flatMap((other, at) =>
          at === index ? [] : [Math.max(other.size, sum(other.pods)) - sum(other.pods)],
        );
        if (shortageOf(drained)) expect(canPlace(pods, free)).toBe(false);
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

/** Tries every way. */
function canPlace([pod, ...rest]: readonly number[], free: readonly number[]): boolean {
  if (pod === undefined) return true;
  return free.some(
    (room, index) =>
      room >= pod &&
      canPlace(
        rest,
        free.map((other, at) => (at === index ? other - pod : other)),
      ),
  );
}
