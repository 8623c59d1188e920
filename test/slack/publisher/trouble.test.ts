import { expect, test } from 'vitest';
import type { RunStore } from '../../../src/ports/run-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { is, realPlan, stories } from '../../support/stories.ts';
import { people, Story } from '../../support/story.ts';
import { tempStore } from '../../support/temp-store.ts';
import { newsroom } from './support.ts';

const runningStory = () => new Story(realPlan()).approve(people.amir, people.li).begin();

test.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])('a machine whose clock is set %s by an hour goes on telling', async (_, byMs) => {
  const clock = new ManualClock();
  const { slack, publish } = newsroom({ clock });
  const story = runningStory();
  await publish(story);
  await clock.advance(10_000);
  clock.set(byMs);
  await publish(story.until(is('upgrade-control-plane', 'cp-2')));
  await clock.advance(30_000);
  expect(slack.thread.join('\n')).toContain('cp-2 images pulled');
});

/** A store whose events cannot be read so many times. */
function stumbling(store: RunStore) {
  const trouble = { left: 0 };
  const events: RunStore['events'] = async (run, afterSeq) => {
    if (trouble.left === 0) return store.events(run, afterSeq);
    trouble.left -= 1;
    throw new Error('The database is locked by another program');
  };
  return { store: { ...store, events }, trouble };
}

test('a run whose first reading fails is told all the same', async () => {
  const clock = new ManualClock();
  const { store, trouble } = stumbling(tempStore(clock));
  const { slack, publish } = newsroom({ clock, store });
  trouble.left = 1;
  await publish(runningStory());
  await clock.advance(10_000);
  expect(slack.thread.join('\n')).toContain('started');
});

test('news whose reading fails is read again soon, not at the next news', async () => {
  const clock = new ManualClock();
  const { store, trouble } = stumbling(tempStore(clock));
  const { slack, publish } = newsroom({ clock, store });
  const story = runningStory();
  await publish(story);
  await clock.advance(10_000);
  trouble.left = 1;
  await publish(story.until(is('upgrade-control-plane', 'cp-2')));
  await clock.advance(15_000);
  expect(slack.thread.join('\n')).toContain('cp-2 images pulled');
});

test('a run that cannot go on says so instead of looking alive, and takes it back', async () => {
  const { slack, clock, publish, publisher } = newsroom();
  const story = stories['running-workers']!();
  await publish(story);
  await clock.advance(10_000);
  expect(slack.parent).not.toContain('cannot go on');
  publisher.trouble(story.run.id, { kind: 'interrupted', why: 'The disk of the database is full' });
  await clock.advance(5_000);
  expect(slack.parent).toContain('*I cannot go on:* The disk of the database is full.');
  expect(slack.parents[0]?.message.text).toContain('cannot go on: The disk of the database is full');
  const edits = slack.parents[0]?.edits.length;
  publisher.trouble(story.run.id, { kind: 'interrupted', why: 'The disk of the database is full' });
  await clock.advance(5_000);
  expect(slack.parents[0]?.edits.length).toBe(edits);
  publisher.trouble(story.run.id, undefined);
  await clock.advance(5_000);
  expect(slack.parent).not.toContain('cannot go on');
});

test('a run whose cluster the configuration does not name any more says so on its message', async () => {
  const { slack, clock, publish, publisher } = newsroom();
  const story = new Story(realPlan()).approve(people.amir, people.li);
  await publish(story);
  await clock.advance(5_000);
  publisher.trouble(story.run.id, { kind: 'not-configured' });
  await clock.advance(5_000);
  expect(slack.parent).toContain('my configuration does not name prod-eu any more');
});
