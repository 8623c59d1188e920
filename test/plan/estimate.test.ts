import { expect, test } from 'vitest';
import { usualSeconds } from '../../src/domain/usual-seconds.ts';
import { version } from '../../src/domain/version.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { policyOf, type SnapshotOptions, snapshotOf } from '../support/snapshots.ts';

function estimate(options: SnapshotOptions, batch: number, history = {}): number {
  const snapshot = snapshotOf(options);
  const policy = policyOf({ workers: { batch } });
  const plan = planUpgrade(
    { cluster: snapshot.cluster, target: version('1.34.9') },
    snapshot,
    policy,
    history,
  );
  return plan.kind === 'plan' ? plan.estimateSeconds : Number.NaN;
}

const workers = ['w-1', 'w-2', 'w-3', 'w-4', 'w-5'];

test('a batch takes as long as its slowest node, so bigger batches take less', () => {
  expect(estimate({ workers }, 4)).toBeLessThan(estimate({ workers }, 2));
  expect(estimate({ workers }, 2)).toBeLessThan(estimate({ workers }, 1));
});

test('a node with many pods takes longer to drain', () => {
  const busy = { 'w-3': { pods: { evictable: 100 } } };
  expect(estimate({ workers, nodes: busy }, 1)).toBeGreaterThan(estimate({ workers }, 1) + 100);
});

test('what steps usually took in this cluster beats the defaults', () => {
  const usual = estimate({}, 1, { 'upgrade-control-plane': 100 });
  expect(estimate({}, 1, { 'upgrade-control-plane': 400 })).toBe(usual + 900);
});

test('it says whether earlier runs of the cluster or the usual times are what it rests on', () => {
  const basis = (history: object) => {
    const snapshot = snapshotOf();
    const plan = planUpgrade(
      { cluster: snapshot.cluster, target: version('1.34.9') },
      snapshot,
      policyOf(),
      history,
    );
    return plan.kind === 'plan' ? plan.estimateFrom : plan.kind;
  };
  expect(basis({})).toBe('defaults');
  expect(basis({ 'upgrade-control-plane': 100 })).toBe('partly-history');
  expect(basis(Object.fromEntries(Object.keys(usualSeconds).map((kind) => [kind, 20])))).toBe('history');
});
