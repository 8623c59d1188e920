import { describe, expect, test } from 'vitest';
import { RunId } from '../../../src/domain/names.ts';
import { is, kubeletNotReady, realPlan, stories } from '../../support/stories.ts';
import { people, Story, storyRun } from '../../support/story.ts';
import { newsroom } from './support.ts';

const minute = 60_000;

function runningStory(): Story {
  return new Story(realPlan()).approve(people.amir, people.li).begin();
}

describe('one parent message a run', () => {
  test('is posted once and edited in place from the proposal to the end', async () => {
    const { slack, clock, publish } = newsroom();
    const story = new Story(realPlan());
    await publish(story);
    expect(slack.parent).toContain('Approvals 0 of 2');

    await publish(story.approve(people.amir, people.li));
    await clock.advance(5_000);
    expect(slack.parent).toContain('approved, starts in a moment');
    await publish(story.begin().until(is('drain-node', 'w-01')));
    await clock.advance(5_000);
    expect(slack.parent).toContain('running');
    await publish(story.until(() => false).tell({ kind: 'run-succeeded' }));
    await clock.advance(minute);
    expect(slack.parent).toContain('is on v1.34.9');
    expect(slack.parents).toHaveLength(1);
  });

  test('is edited at most once in three seconds, and shows the newest state then', async () => {
    const { slack, clock, publish } = newsroom();
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    const before = slack.parents[0]!.edits.length;
    for (const step of [1, 2, 3, 4, 5, 6]) {
      await publish(story.until((_, index = step) => story.run.steps.size >= index * 2, 1));
      await clock.advance(500);
    }
    await clock.advance(3_000);
    const { edits } = slack.parents[0]!;
    expect(edits.length - before).toBeLessThanOrEqual(3);
    const gaps = edits.slice(1).map((at, index) => at - edits[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_000);
  });

  test('is edited every minute while the run moves, even if nothing happens', async () => {
    const { slack, clock, publish } = newsroom();
    await publish(runningStory());
    await clock.advance(10_000);
    const before = slack.parents[0]!.edits.length;
    await clock.advance(5 * minute);
    const beats = slack.parents[0]!.edits.length - before;
    expect(beats).toBeGreaterThanOrEqual(4);
    expect(beats).toBeLessThanOrEqual(6);
  });

  test('is left alone while it waits for approval', async () => {
    const { slack, clock, publish } = newsroom();
    await publish(new Story(realPlan()));
    await clock.advance(30 * minute);
    expect(slack.parents[0]!.edits).toHaveLength(0);
  });

  test('that somebody deleted gets a successor, and the thread goes on there', async () => {
    const { slack, clock, publish, store } = newsroom();
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    slack.messages.length = 0;
    await publish(story.until(is('drain-node', 'w-01')));
    await clock.advance(10_000);
    expect(slack.parents).toHaveLength(1);
    expect((await store.telling(storyRun))?.parentTs).toBe(slack.parents[0]!.ts);
    expect(slack.thread.join()).toContain('CoreDNS and kube-proxy rolled out');
  });
});

describe('many runs at once', () => {
  test('stay below 45 edits in any minute, and none is starved', async () => {
    const { slack, clock, publish } = newsroom();
    const ids = [
      'aaaaaa',
      'bbbbbb',
      'cccccc',
      'dddddd',
      'eeeeee',
      'ffffff',
      'gggggg',
      'hhhhhh',
      'jjjjjj',
      'kkkkkk',
    ];
    const all = ids.map((id) =>
      new Story(realPlan({ cluster: id }), { id: RunId.parse(id) }).approve(people.amir, people.li).begin(),
    );
    for (const story of all) await publish(story);
    await clock.advance(20_000);
    const steps = 24;
    for (let done = 1; done <= steps; done += 1) {
      for (const story of all) await publish(story.until(() => story.run.steps.size >= done, 5));
      await clock.advance(3_000);
    }
    const edits = slack.parents.flatMap((parent) => parent.edits).toSorted((a, b) => a - b);
    const most = Math.max(
      ...edits.map((from) => edits.filter((at) => at >= from && at < from + minute).length),
    );
    expect(most).toBeLessThanOrEqual(45);
    expect(most).toBeGreaterThan(20);
    const lately = slack.parents.map((parent) => clock.now() - parent.edits.at(-1)!);
    expect(Math.max(...lately)).toBeLessThan(minute);
  });

  test('post at most one message a second to a channel', async () => {
    const { slack, clock, publish } = newsroom();
    for (const id of ['aaaaaa', 'bbbbbb', 'cccccc']) {
      await publish(
        new Story(realPlan({ cluster: id }), { id: RunId.parse(id) }).approve(people.amir, people.li).begin(),
      );
    }
    await clock.advance(20_000);
    const times = slack.messages.map(({ at }) => at).toSorted((a, b) => a - b);
    const gaps = times.slice(1).map((at, index) => at - times[index]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(slack.parents).toHaveLength(3);
  });
});

describe('the thread', () => {
  test('joins lines that come together into one message', async () => {
    const { slack, clock, publish } = newsroom();
    await publish(runningStory().until(is('drain-node', 'w-01')));
    await clock.advance(20_000);
    expect(slack.thread.length).toBeLessThanOrEqual(3);
    expect(slack.thread.join()).toContain('etcd snapshot saved');
  });

  test('is shown in the channel only when a person is needed, after the message shows it', async () => {
    const { slack, clock, publish } = newsroom();
    const story = stories['halted']!();
    let shownFirst: boolean | undefined;
    slack.fault = ({ threaded, message }) => {
      if (threaded && message.text.includes('needs a decision'))
        shownFirst = slack.parent.includes('[Retry w-');
      return undefined;
    };
    await publish(story);
    await clock.advance(30_000);
    const broadcasts = slack.messages.filter(({ broadcast }) => broadcast);
    expect(broadcasts).toHaveLength(1);
    expect(shownFirst).toBe(true);
  });
});

describe('a click', () => {
  test('takes the buttons away at once and gives them back when it is decided', async () => {
    const { slack, clock, publish, publisher } = newsroom();
    await publish(new Story(realPlan()));
    await clock.advance(10_000);
    const release = publisher.press(storyRun, { action: 'approve', by: people.amir });
    await clock.settle();
    expect(slack.parent).toContain('Approving…');
    expect(slack.parent).not.toContain('[Approve]');
    release();
    await clock.advance(3_000);
    expect(slack.parent).toContain('[Approve]');
  });

  test('that nobody ever decides does not hide the buttons for ever', async () => {
    const { slack, clock, publish, publisher } = newsroom();
    await publish(new Story(realPlan()));
    await clock.advance(10_000);
    publisher.press(storyRun, { action: 'approve', by: people.amir });
    await clock.advance(2 * minute);
    expect(slack.parent).toContain('[Approve]');
  });
});

describe('stopping', () => {
  test('tells what is untold before it ends', async () => {
    const { slack, clock, publish, publisher } = newsroom();
    const story = runningStory();
    await publish(story);
    await clock.advance(10_000);
    await publish(story.until(is('drain-node', 'w-01')));
    const stopped = publisher.stop(5_000);
    await clock.advance(5_000);
    await stopped;
    expect(slack.parent).toContain('w-01');
    expect(slack.thread.join()).toContain('CoreDNS and kube-proxy rolled out');
  });

  test('ends after its cap even if Slack never answers', async () => {
    const { slack, clock, publish, publisher } = newsroom();
    await publish(runningStory());
    await clock.advance(10_000);
    slack.fault = () => ({ status: 'unavailable', sent: 'no', reason: 'ECONNREFUSED' });
    const stopped = publisher.stop(5_000);
    await clock.advance(5_000);
    await stopped;
  });
});

test('a failure code is shown with its page', async () => {
  const { slack, clock, publish } = newsroom();
  await publish(stories['halted']!());
  await clock.advance(5_000);
  expect(slack.parent).toContain(`docs/runbooks/${kubeletNotReady.code}.md`);
});
