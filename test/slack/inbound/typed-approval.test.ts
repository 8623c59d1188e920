import { expect, test } from 'vitest';
import { RunId } from '../../../src/domain/names.ts';
import type { Run } from '../../../src/domain/run.ts';
import { buttonValue } from '../../../src/slack/buttons.ts';
import { stories } from '../../support/stories.ts';
import { opsChannel, people, type Story, storyRun } from '../../support/story.ts';
import { desk } from './support.ts';

/** A proposal that restores a snapshot: what was written since is lost. */
function losingData(): Story {
  const story = stories['proposed']!();
  const verdict = {
    kind: 'restore-with-data-loss' as const,
    reasons: ['Everything that was written since the snapshot is lost.'],
    checks: [],
  };
  const run: Run = {
    ...story.run,
    kind: 'rollback',
    plan: {
      ...story.run.plan,
      purpose: { kind: 'rollback', of: RunId.parse('upg234'), scope: { kind: 'all' }, verdict },
    },
  };
  return Object.assign(Object.create(Object.getPrototypeOf(story) as object), story, { run }) as Story;
}

const typed = (name: string) => ({ cluster: { 'approve-typed.cluster': { value: name } } });

async function pressed() {
  const at = await desk();
  const story = losingData();
  at.knows(story);
  await at.click('approve', buttonValue(story.run, 'approve'));
  const view = [...at.slack.views.keys()][0];
  const approvals = () => at.useCases.asked.filter(({ name }) => name === 'approve');
  return { at, story, view, approvals };
}

test('where data would be lost a press on Approve counts nothing: it asks for the cluster’s name', async () => {
  const { at, view, approvals } = await pressed();
  expect(approvals()).toEqual([]);
  expect(view && JSON.stringify(at.slack.views.get(view))).toContain('Data will be lost');
});

test('a name that is not the cluster’s approves nothing, and the form says so', async () => {
  const { at, view, approvals } = await pressed();
  for (const name of ['', 'prod-us', 'prod-e', 'PROD-EU', 'prod-eu prod-eu']) {
    const { acks } = await at.submit(view ?? '', typed(name), people.amir, 'approve-typed');
    expect(acks[0], name).toMatchObject({
      response_action: 'errors',
      errors: { cluster: expect.anything() },
    });
  }
  expect(approvals()).toEqual([]);
});

test('the cluster’s name, spaces around it or not, approves exactly the plan that the form was opened for', async () => {
  const { at, story, view, approvals } = await pressed();
  await at.submit(view ?? '', typed(' prod-eu '), people.amir, 'approve-typed');
  expect(approvals().map(({ request }) => request)).toEqual([
    {
      user: people.amir,
      channel: opsChannel,
      run: storyRun,
      digest: story.run.plan.digest,
      typedName: true,
    },
  ]);
  expect(at.answers()[0]).toContain('Counted.');
});

test('a form that did not come from the bot approves nothing', async () => {
  const { at, approvals } = await pressed();
  const { acks } = await at.submit('V-forged', typed('prod-eu'), people.amir, 'approve-typed');
  expect(acks[0]).toMatchObject({ response_action: 'errors' });
  expect(approvals()).toEqual([]);
});

test('a guest who has the name right is refused', async () => {
  const { at, view, approvals } = await pressed();
  at.users.set(people.amir, { isGuest: true });
  await at.submit(view ?? '', typed('prod-eu'), people.amir, 'approve-typed');
  expect(approvals()).toEqual([]);
  expect(at.answers().join()).toContain('guest');
});
