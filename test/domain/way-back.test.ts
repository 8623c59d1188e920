import { describe, expect, test } from 'vitest';
import { stepsOf } from '../../src/domain/plan.ts';
import { version } from '../../src/domain/version.ts';
import { wayBackOf } from '../../src/domain/way-back.ts';
import { planUpgrade } from '../../src/plan/plan-upgrade.ts';
import { haltedRun, upgradeId } from '../support/rollbacks.ts';
import { policyOf, snapshotOf } from '../support/snapshots.ts';

const plan = planUpgrade(
  { cluster: snapshotOf().cluster, target: version('1.34.9') },
  snapshotOf({ workers: ['w-1', 'w-2', 'w-3'] }),
  policyOf({ workers: { canary: 1, batch: 2 } }),
);
if (plan.kind === 'refusal') throw new Error('refused');
const steps = stepsOf(plan);
const place = (kind: string, node: string) =>
  steps.findIndex((step) => step.kind === kind && 'node' in step.input && step.input.node === node);
const after = (done: number, begun = false) => wayBackOf(haltedRun(upgradeId, plan, done, begun));

describe('the way back by the record alone', () => {
  test('is nothing until a node is changed: saving files is no change', () => {
    const first = steps.findIndex(({ kind }) => kind === 'switch-repository');
    expect(after(first)).toMatchObject({ kind: 'nothing', workers: 0, controlPlanes: 0, seconds: 0 });
    expect(after(first, true)).toMatchObject({ kind: 'free', workers: 0, controlPlanes: 1 });
  });

  test('is free until the last member of etcd may have moved: from the moment that its upgrade is begun', () => {
    const last = place('upgrade-control-plane', 'cp-1');
    expect(after(last)).toMatchObject({
      kind: 'free',
      until: { node: 'cp-1', place: last + 1, of: steps.length },
    });
    expect(after(last, true)).toMatchObject({ kind: 'keep-etcd', etcd: '3.6', to: 'v1.33.13' });
    expect(after(last, true)).not.toHaveProperty('until');
  });

  test('takes longer the more nodes have been changed, and workers of a batch go back together', () => {
    const ends = ['w-1', 'w-2', 'w-3'].map((node) => place('uncordon-node', node) + 1);
    const [canary, second, third] = ends.map((done) => after(done));
    expect([canary?.workers, third?.workers]).toEqual([1, 3]);
    expect(second?.seconds).toBe(canary?.seconds);
    expect(third?.seconds).toBeGreaterThan(second?.seconds ?? 0);
    const seconds = steps.map((_, done) => after(done).seconds);
    expect(seconds.toSorted((a, b) => a - b)).toEqual(seconds);
  });
});
