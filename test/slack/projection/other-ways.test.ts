import { expect, test } from 'vitest';
import { type Plan, stepsOf } from '../../../src/domain/plan.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { otherWays } from '../../../src/slack/projection/rollback/offer.ts';
import { nodesText } from '../../../src/slack/projection/title.ts';
import { worldOf } from '../../support/rollback-world/world.ts';
import { planBack, stoppedAt, upgradeId } from '../../support/rollbacks.ts';
import { policyOf, snapshotOf } from '../../support/snapshots.ts';
import { Story } from '../../support/story.ts';

const before = snapshotOf();
const planned = planUpgrade({ cluster: before.cluster, target: version('1.34.9') }, before, policyOf());
if (planned.kind === 'refusal') throw new Error('refused');
const upgrade: Plan = planned;
const firstOf = (kind: string, node: string) =>
  stepsOf(upgrade).findIndex((step) => step.kind === kind && step.key.includes(`/${node}/`));

/** What the plan that takes the upgrade back, stopped after so many steps, offers beside itself. */
function offered(steps: number, scope: 'all' | 'workers' = 'all'): string[] {
  const stopped = stoppedAt(worldOf(before), upgrade, upgradeId, steps);
  const back = planBack(stopped, { scope: { kind: scope } });
  if (back.kind === 'refusal') throw new Error('refused');
  return otherWays(new Story(back).run).map(({ label }) => label);
}

test('workers are offered alone where some have something to go back to', () => {
  expect(offered(stepsOf(upgrade).length)).toContain('Workers only');
});

test('workers are not offered alone before one was upgraded', () => {
  expect(offered(firstOf('drain-node', 'cp-3'))).not.toContain('Workers only');
});

test('a part that is not taken back is not counted', () => {
  const stopped = stoppedAt(worldOf(before), upgrade, upgradeId, firstOf('drain-node', 'cp-3'));
  const back = planBack(stopped, { scope: { kind: 'all' } });
  if (back.kind === 'refusal') throw new Error('refused');
  expect(nodesText({ plan: back })).toMatch(/^\d control planes?$/);
});

test('whoever takes back workers alone is offered everything', () => {
  expect(offered(stepsOf(upgrade).length, 'workers')).toContain('Everything');
});
