import { expect, test } from 'vitest';
import { stepsOf } from '../../../src/domain/plan.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { stepName } from '../../../src/slack/projection/step-words.ts';
import { route } from '../../../src/slack/projection/title.ts';
import { worldOf } from '../../support/rollback-world/world.ts';
import { planBack, stoppedAt, upgradeId } from '../../support/rollbacks.ts';
import { policyOf, snapshotOf } from '../../support/snapshots.ts';

const before = snapshotOf();
const upgrade = planUpgrade({ cluster: before.cluster, target: version('1.34.9') }, before, policyOf());
if (upgrade.kind === 'refusal') throw new Error('refused');
const back = planBack(stoppedAt(worldOf(before), upgrade, upgradeId, stepsOf(upgrade).length), {
  etcd: 'downgrade',
});
if (back.kind === 'refusal') throw new Error('refused');

test('a run that takes only etcd back is called by etcd’s versions, not by a version that stays', () => {
  expect(route({ plan: back })).toBe('prod-eu back: v1.34.9 → v1.33.13');
  const alone = { ...back, from: version('1.33.13'), etcd: { from: '3.6.5', to: '3.5' } };
  expect(route({ plan: alone })).toBe('prod-eu back: etcd 3.6.5 → 3.5');
});

test('etcd is not said to go back to a version of Kubernetes', () => {
  const pods = stepsOf(back).filter((step) => step.kind === 'restore-static-pods');
  const names = new Set(pods.map(stepName));
  expect([...names].toSorted()).toEqual([
    'put controller-manager, scheduler and apiserver back at v1.33.13',
    'put etcd back',
  ]);
});
