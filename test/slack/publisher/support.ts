import { afterEach, expect } from 'vitest';
import type { RunEvent } from '../../../src/domain/event.ts';
import { ChannelId } from '../../../src/domain/names.ts';
import type { RunStore } from '../../../src/ports/run-store.ts';
import { createPublisher, type Publisher } from '../../../src/slack/publisher.ts';
import { FakeSlack } from '../../support/fake-slack.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { approvers } from '../../support/stories.ts';
import { opsChannel, Story } from '../../support/story.ts';
import { tempStore } from '../../support/temp-store.ts';

/** Another channel that the cluster is tied to. */
export const secondChannel = ChannelId.parse('C00SECOND');

const running = new Map<Publisher, ManualClock>();
const slacks = new Set<FakeSlack>();

afterEach(async () => {
  for (const [publisher, clock] of running) {
    const stopped = publisher.stop(1);
    await clock.advance(10);
    await stopped;
  }
  running.clear();
  const problems = [...slacks].flatMap((slack) => slack.problems);
  slacks.clear();
  expect(problems, 'everything that was sent keeps to Slack’s limits').toEqual([]);
});

/** A publisher over a real store and a fake Slack, with a clock that only the test moves. */
export function newsroom(options: { store?: RunStore; clock?: ManualClock; slack?: FakeSlack } = {}) {
  const clock = options.clock ?? new ManualClock();
  const store = options.store ?? tempStore(clock);
  const slack = options.slack ?? new FakeSlack(clock);
  slacks.add(slack);
  const publisher = createPublisher({
    store,
    messenger: slack,
    clock,
    log: silentLog,
    approversOf: () => approvers,
    channelsOf: () => [opsChannel, secondChannel],
    backupsOf: () => '/backups',
    nameOf: async () => '@somebody',
  });
  running.set(publisher, clock);

  /** Stores what has been told of a story since the last time, and wakes the publisher. */
  const stored = new Map<Story, number>();
  async function publish(story: Story): Promise<void> {
    await keep(story);
    publisher.wake(story.run.id);
    await clock.settle();
  }
  async function keep(story: Story): Promise<void> {
    const from = stored.get(story) ?? 0;
    const events: RunEvent[] = story.events.slice(from).map(({ event }) => event);
    if (from === 0) await store.create({ ...story.run, revision: events.length }, events);
    else await store.commit(story.run, events);
    stored.set(story, story.events.length);
  }
  return { clock, store, slack, publisher, publish, keep, stored };
}
