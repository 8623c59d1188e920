import { expect, test } from 'vitest';
import { NodeName } from '../../src/domain/names.ts';
import { stepsOf } from '../../src/domain/plan.ts';
import { version } from '../../src/domain/version.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { policyOf, snapshotOf } from '../support/snapshots.ts';

test('a thousand nodes with thirty thousand pods and 500 budgets plan in well under a second', () => {
  const workers = Array.from({ length: 997 }, (_, index) => `w-${index + 1}`);
  const pods = (node: string) => Array.from({ length: 30 }, (_, index) => `shop/${node}-pod-${index}`);
  const snapshot = snapshotOf({
    workers,
    nodes: Object.fromEntries(
      workers.map((name) => [name, { pods: { evictable: 30, emptyDir: pods(name) } }]),
    ),
    overrides: {
      pdbs: Array.from({ length: 500 }, (_, index) => ({
        namespace: 'shop',
        name: `budget-${index}`,
        disruptionsAllowed: index % 2,
        currentHealthy: 60,
        desiredHealthy: 60,
        expectedPods: 60,
        nodes: workers.slice(index, index + 60).map((name) => NodeName.parse(name)),
      })),
    },
  });
  // The processor's time and not the clock's: other tests run beside this one.
  const before = process.cpuUsage();
  const plan = planUpgrade(
    { cluster: snapshot.cluster, target: version('1.34.9') },
    snapshot,
    policyOf({ workers: { batch: '5%' } }),
  );
  const { user, system } = process.cpuUsage(before);
  expect(plan.kind === 'plan' ? stepsOf(plan).length : 0).toBeGreaterThan(8_000);
  expect((user + system) / 1_000).toBeLessThan(1_000);
});
