import { expect, test } from 'vitest';
import { stepsOf } from '../../../src/domain/plan.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { stepDoing } from '../../../src/slack/projection/step-words.ts';
import { survey } from '../../../src/slack/projection/survey.ts';
import { tasksOf } from '../../../src/slack/projection/tasks.ts';
import { scope } from '../../../src/slack/projection/title.ts';
import { worldOf } from '../../support/rollback-world/world.ts';
import { planBack, stoppedAt, upgradeId } from '../../support/rollbacks.ts';
import { policyOf, snapshotOf } from '../../support/snapshots.ts';
import { Story } from '../../support/story.ts';

const before = snapshotOf();
const upgrade = planUpgrade({ cluster: before.cluster, target: version('1.34.9') }, before, policyOf());
if (upgrade.kind === 'refusal') throw new Error('refused');
const stopped = stoppedAt(worldOf(before), upgrade, upgradeId, stepsOf(upgrade).length);
const back = planBack(stopped, { etcd: 'restore' });
if (back.kind === 'refusal') throw new Error('refused');

test('what a restore does on all nodes side by side is a line each, in the order in which it is done', () => {
  const { run } = new Story(back);
  const titles = tasksOf(run, survey(run), Date.parse(run.createdAt)).map(({ title }) => title);
  expect(titles).toContain('Restore etcd’s data from the snapshot');
  expect(titles.filter((title) => /^(Stop|Restore|Put|Restart)/.test(title)).length).toBeGreaterThan(5);
  expect(titles.indexOf('Stop etcd')).toBeLessThan(titles.indexOf('Restore etcd’s data from the snapshot'));
  expect(new Set(titles).size).toBe(titles.length);
});

test('only what takes the API server along says that it goes away', () => {
  const put = stepsOf(back).filter((step) => step.kind === 'restore-static-pods');
  for (const step of put) {
    const takesIt = step.input.pods.some((pod) => pod === 'etcd' || pod === 'kube-apiserver');
    expect(stepDoing(step).includes('goes away')).toBe(takesIt);
  }
  expect(put.some(({ input }) => input.pods.includes('kube-scheduler'))).toBe(true);
});

test('an etcd that stays on its line is not said to move', () => {
  const stays = { ...back, etcd: { from: '3.5.30', to: '3.5' } };
  expect(scope({ plan: stays })).not.toContain('etcd');
  expect(scope({ plan: { ...back, etcd: { from: '3.6.5', to: '3.5' } } })).toContain('etcd 3.6.5 → 3.5');
});
