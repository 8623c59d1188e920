import { describe, expect, test } from 'vitest';
import { readable } from '../../support/readable.ts';
import { db1, is, stories } from '../../support/stories.ts';
import type { Story } from '../../support/story.ts';
import { people, storyRun } from '../../support/story.ts';
import { newsroom } from './support.ts';

type Newsroom = ReturnType<typeof newsroom>;

const drain = (story: Story) => story.step(is('drain-node', 'w-04')).key;
const cards = ({ slack }: Newsroom) =>
  slack.messages.filter(({ message }) => readable(message).includes('w-04 is waiting for you'));
const textOf = ({ slack }: Newsroom, ts: string) =>
  readable(slack.messages.find((message) => message.ts === ts)!.message);

/** A drain that stands still, told. */
async function told() {
  const room = newsroom();
  const story = stories['standstill']!();
  await room.publish(story);
  await room.clock.advance(30_000);
  const [card] = cards(room);
  return { room, story, card: card! };
}

describe('the card of a step that stands still', () => {
  test('is shown in the channel once, after the run’s message shows it, and remembered', async () => {
    const { room, card } = await told();
    expect(cards(room)).toHaveLength(1);
    expect(card.broadcast).toBe(true);
    expect(room.slack.parent).toContain('w-04 waits since');
    expect(Object.values((await room.store.telling(storyRun))?.cards ?? {})).toEqual([card.ts]);
  });

  test('shows within three seconds what was answered, and calls the second person in a message of its own', async () => {
    const { room, story, card } = await told();
    const answer = { kind: 'delete-pod', at: story.in(0), by: people.dana, ...db1 } as const;
    await room.publish(story.tell({ kind: 'answer-given', step: drain(story), number: 1, answer }));
    await room.clock.advance(3_000);
    expect(textOf(room, card.ts)).toContain('[Agree: delete db-1]');
    await room.clock.advance(10_000);
    const called = room.slack.messages.filter(({ message }) => readable(message).includes('has to agree'));
    expect(called.map(({ broadcast }) => broadcast)).toEqual([true]);
    expect(room.slack.messages.filter(({ broadcast }) => broadcast)).toHaveLength(2);
  });

  test('loses its buttons when the pod goes, and is not edited again', async () => {
    const { room, story, card } = await told();
    await room.publish(story.wait(60).tell({ kind: 'step-unblocked', step: drain(story) }));
    await room.clock.advance(10_000);
    expect(textOf(room, card.ts)).toContain('goes on: resolved by itself');
    expect(textOf(room, card.ts)).not.toContain('[');
    expect((await room.store.telling(storyRun))?.cards).toBeUndefined();
    const edits = card.edits.length;
    await room.publish(story.wait(5).succeed(story.step(is('drain-node', 'w-04'))));
    await room.clock.advance(120_000);
    expect(card.edits).toHaveLength(edits);
  });

  test('is not edited while nothing about it changes', async () => {
    const { room, card } = await told();
    await room.clock.advance(600_000);
    expect(card.edits).toHaveLength(0);
  });

  test('is the same one after a restart', async () => {
    const { room, story, card } = await told();
    const stopped = room.publisher.stop(1_000);
    await room.clock.advance(2_000);
    await stopped;
    const next = newsroom({ store: room.store, clock: room.clock, slack: room.slack });
    next.stored.set(story, story.events.length);
    await next.publisher.start();
    await next.publish(story.tell({ kind: 'step-unblocked', step: drain(story) }));
    await room.clock.advance(20_000);
    expect(textOf(room, card.ts)).toContain('goes on');
    expect(cards(room)).toHaveLength(0);
  });

  test('that was open when the bot died is closed by the successor, though the run is over and all else was told', async () => {
    const room = newsroom();
    const story = stories['standstill-stopped']!();
    await room.publish(story);
    await room.clock.advance(30_000);
    const card = room.slack.messages.find(({ message }) =>
      readable(message).includes('[Delete db-1 and retry'),
    )!;
    const before = card.message;
    const open = await room.store.telling(storyRun);
    await room.publish(story.tell({ kind: 'abort-requested', by: people.li }, { kind: 'run-aborted' }));
    await room.clock.advance(60_000);
    const stopped = room.publisher.stop(1_000);
    await room.clock.advance(2_000);
    await stopped;
    // The bot died between the last line and the edit of the card.
    card.message = before;
    const all = await room.store.telling(storyRun);
    await room.store.saveTelling({ ...all!, ...(open?.cards ? { cards: open.cards } : {}) });
    expect(textOf(room, card.ts)).toContain('[Delete db-1 and retry');

    const next = newsroom({ store: room.store, clock: room.clock, slack: room.slack });
    await next.publisher.start();
    await room.clock.advance(20_000);
    expect(textOf(room, card.ts)).toContain('the run was aborted by');
    expect((await room.store.telling(storyRun))?.cards).toBeUndefined();
  });

  test('that somebody deleted is posted again, without calling the channel', async () => {
    const { room, story, card } = await told();
    room.slack.messages.splice(room.slack.messages.indexOf(card), 1);
    const answer = { kind: 'keep-waiting', at: story.in(0), by: people.li, seconds: 600 } as const;
    await room.publish(story.tell({ kind: 'answer-given', step: drain(story), number: 1, answer }));
    await room.clock.advance(20_000);
    expect(cards(room).map(({ broadcast }) => broadcast)).toEqual([false]);
  });

  test('whose wait is over before Slack takes it calls nobody any more', async () => {
    const room = newsroom();
    const story = stories['standstill']!();
    await room.keep(story);
    await room.publish(story.wait(20).tell({ kind: 'step-unblocked', step: drain(story) }));
    await room.clock.advance(30_000);
    expect(room.slack.messages.filter(({ broadcast }) => broadcast)).toEqual([]);
    expect(room.slack.thread.join('\n')).toContain('goes on: resolved by itself');
  });

  test('stays with its choices while the run is halted at it, and says how that ended', async () => {
    const room = newsroom();
    const story = stories['standstill-stopped']!();
    await room.publish(story);
    await room.clock.advance(30_000);
    const card = room.slack.messages.find(({ message }) =>
      readable(message).includes('[Delete db-1 and retry'),
    )!;
    await room.publish(story.tell({ kind: 'abort-requested', by: people.li }));
    await room.clock.advance(20_000);
    expect(textOf(room, card.ts)).toContain('the run was aborted by @U000000OLI');
    expect(textOf(room, card.ts)).not.toContain('[');
  });
});
