import { expect, test } from 'vitest';
import type { DrillReport } from '../../../src/domain/drill.ts';
import { RunId } from '../../../src/domain/names.ts';
import { type Plan, stepsOf } from '../../../src/domain/plan.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import type { Card } from '../../../src/slack/projection/card.ts';
import { emptyChronicle, told } from '../../../src/slack/projection/chronicle.ts';
import { runCard } from '../../../src/slack/projection/run-card.ts';
import { threadLines } from '../../../src/slack/projection/thread-lines.ts';
import { policyOf, snapshotOf } from '../../support/snapshots.ts';
import { people, Story } from '../../support/story.ts';

const back = RunId.parse('bbb333');

function drillPlan(): Plan {
  const snapshot = snapshotOf();
  const intent = { cluster: snapshot.cluster, target: version('1.34.9'), drill: 'keep' as const };
  const plan = planUpgrade(intent, snapshot, policyOf());
  if (plan.kind === 'refusal') throw new Error(plan.findings.map(({ summary }) => summary).join('\n'));
  return plan;
}

const contextOf = ({ now }: Story) => ({
  now,
  approvers: { users: [people.amir] },
  backups: '/backups',
  nameOf: () => undefined,
  linkOf: (run: string) => `https://acme.example/${run}`,
});

const textOf = (card: Card) =>
  [card.sentence, ...card.parts.flatMap((part) => ('text' in part ? [part.text] : []))].join('\n');

const cardOf = (story: Story) =>
  textOf(runCard(story.run, told(emptyChronicle, story.events), contextOf(story)));

function through(): Story {
  const story = new Story(drillPlan()).approve(people.amir).begin();
  for (const step of stepsOf(story.run.plan)) story.start(step).wait(1).succeed(step);
  return story.tell({ kind: 'run-succeeded' });
}

const lastLine = (story: Story) => threadLines(story.run, story.events, contextOf(story)).at(-1);

const proven: DrillReport = {
  outcome: 'proven',
  run: back,
  verdict: 'keep-etcd',
  thereSeconds: 720,
  backSeconds: 360,
  differences: ['cp-1: etcd 3.6.5 (was 3.5.24)'],
};

test('the proposal shows both directions, by which verdict back, and when it would stop and ask', () => {
  const text = cardOf(new Story(drillPlan()));
  expect(text).toContain('prod-eu drill: v1.33.13 → v1.34.9 and back');
  expect(text).toContain('1. Up to v1.34.9');
  expect(text).toMatch(/2\. Back to v1\.33\.13, expected verdict \*keep etcd\*, no data lost, about \d+ min/);
  expect(text).toContain('only with the verdict free or keep etcd');
  expect(text).toContain('never restores a snapshot');
});

test('half way it says that the way back comes, and an upgrade that was aborted that it does not', () => {
  expect(cardOf(through())).toContain('half way: the way back comes by itself');
  const aborted = new Story(drillPlan()).approve(people.amir).begin();
  aborted.tell({ kind: 'abort-requested', by: people.li }, { kind: 'run-aborted' });
  expect(cardOf(aborted)).toContain('is not taken back by itself');
});

test('the end is told to the channel with the times of both directions and what differs', () => {
  const story = through();
  story.tell({ kind: 'rollback-proposed', by: people.dana, run: back, drill: true });
  expect(lastLine(story)?.text).toContain('the drill goes on with the way back: rollback `bbb333`');
  story.tell({ kind: 'rollback-ended', run: back, outcome: 'succeeded', version: version('1.33.13') });
  expect(lastLine(story)?.text).not.toContain('was taken back');
  story.tell({ kind: 'drill-ended', report: proven });
  const line = lastLine(story);
  expect(line).toMatchObject({ broadcast: true, needed: true });
  expect(line?.text).toContain('v1.33.13 → v1.34.9 in 12 min, back in 6 min');
  expect(line?.text).toContain('not as before: cp-1: etcd 3.6.5 (was 3.5.24)');
  const card = cardOf(story);
  expect(card).toContain('v1.33.13 → v1.34.9 in 12 min, back in 6 min');
  expect(card).toContain('<https://acme.example/bbb333|Open the way back>');
});

test('a drill that stopped says why, what state the cluster is in, and the next line to type', () => {
  const story = through();
  story.tell({ kind: 'drill-ended', report: { outcome: 'stopped', reason: 'Incident <inc-9> is open.' } });
  const line = lastLine(story);
  expect(line).toMatchObject({ broadcast: true, needed: true });
  expect(line?.text).toContain('Incident &lt;inc-9&gt; is open.');
  expect(line?.text).toContain('`/k8s-rollback k7f3ab`');
  expect(line?.text).toContain(`<@${people.dana}>`);
  expect(line?.sentence).toContain('needs a person');
  story.tell({ kind: 'rollback-ended', run: back, outcome: 'succeeded', version: version('1.33.13') });
  expect(lastLine(story)?.text).toContain('was taken back');
});

test('the end of a drill is written once, and only of an upgrade that is through', () => {
  const story = through().tell({ kind: 'drill-ended', report: proven });
  expect(() => story.tell({ kind: 'drill-ended', report: proven })).toThrow();
  expect(() => new Story(drillPlan()).tell({ kind: 'drill-ended', report: proven })).toThrow();
});
