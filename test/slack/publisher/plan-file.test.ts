import { expect, test } from 'vitest';
import { realPlan } from '../../support/stories.ts';
import { people, Story, storyRun } from '../../support/story.ts';
import { newsroom } from './support.ts';

const minute = 60_000;

test('the whole plan is a file in the thread, once, with everything in it', async () => {
  const { slack, clock, publish, store } = newsroom();
  const story = new Story(realPlan());
  await publish(story);
  await clock.advance(minute);
  expect(slack.files).toHaveLength(1);
  const [file] = slack.files;
  expect(file).toMatchObject({ thread: slack.parents[0]?.ts, name: 'prod-eu-v1.34.9-k7f3ab.md' });
  const { plan } = story.run;
  for (const step of plan.phases.flatMap(({ batches }) =>
    batches.flatMap(({ turns }) => turns.flatMap((turn) => turn.steps)),
  )) {
    expect(file?.content).toContain(step.key);
  }
  for (const { code } of plan.findings) expect(file?.content).toContain(`docs/runbooks/${code}.md`);
  expect(file?.content).toContain(plan.digest);
  expect(await store.telling(storyRun)).toMatchObject({ planFile: 'done' });
  await publish(story.approve(people.amir, people.li));
  await clock.advance(minute);
  expect(slack.files).toHaveLength(1);
});

test('an upload that is not answered is tried once more, whatever happens: at most one file too many', async () => {
  const first = newsroom();
  first.slack.uploadOutcome = () => 'lost';
  const story = new Story(realPlan());
  await first.publish(story);
  await first.clock.advance(5 * minute);
  expect(first.slack.files).toHaveLength(2);
  // Another process finds what the first had written down.
  const second = newsroom(first);
  await second.publisher.start();
  await second.clock.advance(5 * minute);
  expect(second.slack.files).toHaveLength(2);
});

test('one that was surely not taken is tried again until it is', async () => {
  const { slack, clock, publish } = newsroom();
  let tries = 0;
  slack.uploadOutcome = () => {
    tries += 1;
    return tries < 3 ? { status: 'rate-limited', retryAfterMs: 1_000 } : { status: 'uploaded' };
  };
  await publish(new Story(realPlan()));
  await clock.advance(5 * minute);
  expect(slack.files).toHaveLength(1);
});

test('an app without the scope for files goes without, and tells everything else', async () => {
  const { slack, clock, publish, store } = newsroom();
  slack.uploadOutcome = () => ({ status: 'refused', error: 'missing_scope' });
  const story = new Story(realPlan());
  await publish(story);
  await publish(story.approve(people.amir, people.li));
  await clock.advance(5 * minute);
  expect(slack.files).toEqual([]);
  expect(slack.parent).toContain('approved, starts in a moment');
  expect(await store.telling(storyRun)).toMatchObject({ planFile: 'done' });
});
