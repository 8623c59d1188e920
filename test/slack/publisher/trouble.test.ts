import { describe, expect, test } from 'vitest';
import type { ChannelId } from '../../../src/domain/names.ts';
import type { RunStore } from '../../../src/ports/run-store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { readable } from '../../support/readable.ts';
import { is, kubeletNotReady, realPlan, stories } from '../../support/stories.ts';
import { opsChannel, people, Story } from '../../support/story.ts';
import { tempStore } from '../../support/temp-store.ts';
import { newsroom, secondChannel } from './support.ts';

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

describe('a channel that takes nothing any more', () => {
  const archived = { status: 'refused', error: 'is_archived' } as const;
  const step = is('restart-kubelet', 'w-01');

  /** A run that halts while some channels are archived. */
  async function haltWhile(isArchived: (channel: ChannelId) => boolean) {
    const room = newsroom();
    const story = runningStory();
    await room.publish(story.until(step, 1));
    await room.clock.advance(60_000);
    room.slack.fault = ({ channel }) => (isArchived(channel) ? archived : undefined);
    const { key } = story.step(step);
    story
      .start(story.step(step))
      .tell(
        { kind: 'step-failed', step: key, attempt: 1, failure: kubeletNotReady },
        { kind: 'run-halted', step: key, failure: kubeletNotReady },
      );
    await room.publish(story);
    await room.clock.advance(30 * 60_000);
    const elsewhere = () => room.slack.messages.filter(({ channel }) => channel === secondChannel);
    const back = async () => {
      room.slack.fault = () => undefined;
      await room.clock.advance(5 * 60_000);
      return room.slack.thread.filter((line) => line.includes('stopped at w-01')).length;
    };
    return { ...room, elsewhere, back };
  }

  test('people are called in another one of the cluster, once, and in the thread when it does again', async () => {
    const { elsewhere, back, slack } = await haltWhile((channel) => channel === opsChannel);
    expect(elsewhere()).toHaveLength(1);
    const [said] = elsewhere().map(({ message }) => readable(message));
    expect(said).toContain('stopped at w-01');
    expect(said).toContain('/k8s-upgrade status k7f3ab');
    expect(said).toContain('is_archived');
    expect(await back()).toBe(1);
    expect(elsewhere()).toHaveLength(1);
    expect(slack.parent).toContain('w-01');
  });

  test('nothing is lost where no channel takes anything', async () => {
    const { elsewhere, back } = await haltWhile(() => true);
    expect(elsewhere()).toEqual([]);
    expect(await back()).toBe(1);
  });
});
