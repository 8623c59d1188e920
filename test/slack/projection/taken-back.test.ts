import { expect, test } from 'vitest';
import { NodeName, RunId } from '../../../src/domain/names.ts';
import { stepsOf } from '../../../src/domain/plan.ts';
import type { RollbackScope } from '../../../src/domain/rollback.ts';
import { version } from '../../../src/domain/version.ts';
import { planUpgrade } from '../../../src/plan/plan-upgrade.ts';
import { emptyChronicle, told } from '../../../src/slack/projection/chronicle.ts';
import { runCard } from '../../../src/slack/projection/run-card.ts';
import { threadLines } from '../../../src/slack/projection/thread-lines.ts';
import { policyOf, snapshotOf } from '../../support/snapshots.ts';
import { people, Story } from '../../support/story.ts';

/** What the message and the thread of a finished upgrade say once so much of it was taken back. */
function after(scope: RollbackScope, to = 'v1.33.13', end: 'succeeded' | 'aborted' = 'succeeded') {
  const snapshot = snapshotOf();
  const plan = planUpgrade({ cluster: snapshot.cluster, target: version('1.34.9') }, snapshot, policyOf());
  if (plan.kind === 'refusal') throw new Error('refused');
  const story = new Story(plan).approve(people.amir).begin();
  const steps = stepsOf(plan);
  for (const step of end === 'succeeded' ? steps : steps.slice(0, 20)) story.start(step).succeed(step);
  if (end === 'aborted') story.tell({ kind: 'abort-requested', by: people.li });
  const run = RunId.parse('bbb333');
  story.tell(
    { kind: `run-${end}` },
    { kind: 'rollback-proposed', by: people.dana, run },
    { kind: 'rollback-ended', run, outcome: 'succeeded', version: version(to), scope },
  );
  const context = {
    now: story.now,
    approvers: { users: [people.amir] },
    backups: '/b',
    nameOf: () => undefined,
  };
  const card = runCard(story.run, told(emptyChronicle, story.events), context);
  const text = card.parts.flatMap((part) => ('text' in part ? [part.text] : [])).join('\n');
  const labels = card.parts.flatMap((part) =>
    part.kind === 'buttons' ? part.buttons.map(({ label }) => label) : [],
  );
  return { text, labels, line: threadLines(story.run, story.events, context).at(-1)?.text };
}

test('an upgrade that is undone as a whole promises no way back any more', () => {
  const { text, labels, line } = after({ kind: 'all' });
  expect(text).toContain('prod-eu went to v1.34.9 and is back on v1.33.13');
  expect(text).not.toContain('*Way back*');
  expect(labels).not.toContain('Roll back…');
  expect(line).toContain('prod-eu is back on v1.33.13');
});

test('of one that is undone in part it says which part, and the rest can still go back', () => {
  const workers = after({ kind: 'workers' });
  expect(workers.text).toContain('prod-eu is on v1.34.9');
  expect(workers.text).toContain('The workers of prod-eu are back on v1.33.13');
  expect(workers.text).toContain('*Way back*');
  expect(workers.labels).toContain('Roll back…');
  const node = after({ kind: 'nodes', nodes: [NodeName.parse('w-2')] });
  expect(node.line).toContain('w-2 of prod-eu is back on v1.33.13');
});

test('one that went back by one of its hops can go farther', () => {
  const { text, labels } = after({ kind: 'all' }, 'v1.34.2');
  expect(text).toContain('*Taken back* to v1.34.2');
  expect(labels).toContain('Roll back…');
});

test('of one that was aborted and undone it does not tell any more what the abort had left', () => {
  const { text, labels } = after({ kind: 'all' }, 'v1.33.13', 'aborted');
  expect(text).toContain('*Taken back* to v1.33.13');
  expect(text).not.toContain('What stays as it is');
  expect(text).not.toContain('*Way back*');
  expect(labels).not.toContain('Roll back…');
  expect(after({ kind: 'workers' }, 'v1.33.13', 'aborted').text).toContain('What stays as it is');
});
