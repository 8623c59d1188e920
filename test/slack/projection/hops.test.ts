import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../src/domain/plan.ts';
import { stepsOf } from '../../../src/domain/plan.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { orderText } from '../../../src/slack/projection/order-text.ts';
import { survey } from '../../../src/slack/projection/survey.ts';
import { tasksOf } from '../../../src/slack/projection/tasks.ts';
import { route } from '../../../src/slack/projection/title.ts';
import { wayBackNow } from '../../../src/slack/projection/way-back.ts';
import { policyOf, snapshotOf } from '../../support/snapshots.ts';
import { workers } from '../../support/stories.ts';
import { people, Story } from '../../support/story.ts';

function planInHops(many?: number): Plan {
  const snapshot = snapshotOf({
    offered: ['1.33.13', '1.34.9', '1.35.2'],
    ...(many === undefined ? {} : { workers: workers(many) }),
  });
  const intent = { cluster: snapshot.cluster, target: version('1.35.2'), inHops: true };
  const plan = planUpgrade(intent, snapshot, policyOf());
  if (plan.kind === 'refusal') throw new Error(plan.findings.map(({ summary }) => summary).join('\n'));
  return plan;
}

const begun = (plan: Plan) => new Story(plan).approve(people.amir).begin();
const upgrade = (hop: string, node?: string) => (step: { key: string; kind: string }) =>
  step.kind === 'upgrade-control-plane' &&
  step.key.startsWith(hop) &&
  (node === undefined || step.key.includes(node));

describe('a run of two hops', () => {
  test('names every version on its way', () => {
    expect(route({ plan: planInHops() })).toBe('prod-eu: v1.33.13 → v1.34.9 → v1.35.2');
  });

  test('says of each moment how far back it can go, and never promises two hops at once', () => {
    const plan = planInHops();
    const story = begun(plan);
    expect(wayBackNow(story.run)).toContain('free until cp-1’s etcd is upgraded');
    story.until(upgrade('v1.34.9', 'cp-1'), 1);
    story.until(upgrade('v1.35.2'));
    const first = wayBackNow(story.run);
    expect(first).toContain('etcd stays at 3.6, everything else can go back to v1.33.13');
    story.until(upgrade('v1.35.2', 'cp-3'));
    const second = wayBackNow(story.run);
    expect(second).toMatch(/^free to v1\.34\.9 in about \d+ min; no data is lost/);
    expect(second).toContain('Farther, to v1.33.13, only from the backups: what was written since is lost');
  });

  test('says of each round over the control planes which version it brings', () => {
    const order = orderText(planInHops());
    expect(order).toMatch(/^\*v1\.34\.9:\* cp-2 → .* → \*v1\.35\.2:\* cp-2 → /);
    expect(order.match(/\*v1/g)).toHaveLength(2);
  });

  test('counts what is quiet where there are many nodes, and says which round it is', () => {
    const plan = planInHops(9);
    const { run } = begun(plan).until(upgrade('v1.35.2'));
    const titles = tasksOf(run, survey(run), 0).map(({ title }) => title);
    expect(titles).toEqual(
      expect.arrayContaining([
        'v1.34.9: 3 control planes',
        'v1.34.9: kubelets of 3 control planes',
        '8 workers',
      ]),
    );
    expect(titles.join()).not.toContain('part');
  });

  test('keeps its list of tasks short, and calls backups backups', () => {
    const plan = planInHops();
    const story = begun(plan).until(upgrade('v1.35.2'));
    const tasks = tasksOf(story.run, survey(story.run), 0);
    expect(tasks.length).toBeLessThanOrEqual(20);
    expect(tasks.filter(({ title }) => title === 'Backups').length).toBe(2);
    expect(tasks.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['cp-2 v1.34.9', 'cp-2 kubelet v1.34.9', 'cp-2 v1.35.2']),
    );
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
    expect(stepsOf(plan).filter(({ kind }) => kind === 'back-up-etcd')).toHaveLength(2);
  });
});
