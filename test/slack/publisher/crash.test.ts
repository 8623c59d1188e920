import { expect, test } from 'vitest';
import type { Messenger } from '../../../src/ports/messenger.ts';
import type { RunStore } from '../../../src/ports/run-store.ts';
import { createPublisher } from '../../../src/slack/publisher.ts';
import { FakeSlack } from '../../support/fake-slack.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import {
  approvers,
  db1,
  is,
  kubeletNotReady,
  pdbBlocked,
  realPlan,
  standstillAt,
} from '../../support/stories.ts';
import { people, Story, storyRun } from '../../support/story.ts';
import { tempStore } from '../../support/temp-store.ts';

const never = new Promise<never>(() => undefined);

/** Lets so many effects happen and then is dead: the effect after those happens or not, and nobody hears of it. */
function mortal(effects: number, dieAfterEffect: boolean) {
  let left = effects;
  return async <T>(effect: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left > 0) return effect();
    if (left === 0 && dieAfterEffect) await effect();
    return never;
  };
}

function startPublisher(
  store: RunStore,
  slack: FakeSlack,
  clock: ManualClock,
  live: ReturnType<typeof mortal>,
) {
  const publisher = createPublisher({
    store: { ...store, saveTelling: (telling) => live(() => store.saveTelling(telling)) },
    messenger: {
      post: (...given: Parameters<Messenger['post']>) => live(() => slack.post(...given)),
      update: (...given: Parameters<Messenger['update']>) => live(() => slack.update(...given)),
      find: (...given: Parameters<Messenger['find']>) => slack.find(...given),
      uploadFile: (...given: Parameters<Messenger['uploadFile']>) => live(() => slack.uploadFile(...given)),
    },
    clock,
    log: silentLog,
    approversOf: () => approvers,
    channelsOf: () => [],
    backupsOf: () => '/backups',
    nameOf: async () => '@somebody',
  });
  return publisher;
}

/** The whole story with a drain that stands still and a halt in the middle, in the portions in which a process would see it. */
function portions(story: Story): (() => void)[] {
  const upTo = is('restart-kubelet', 'w-01');
  return [
    () => undefined,
    () => void story.approve(people.amir).begin(),
    () => void story.until(is('upgrade-control-plane')),
    () => void story.until(is('verify-addons')),
    () => {
      const step = story.until(is('drain-node', 'w-01')).step(is('drain-node', 'w-01'));
      const standstill = standstillAt(story.start(step).wait(300));
      story.tell({ kind: 'step-blocked', step: step.key, failure: pdbBlocked, standstill });
    },
    () => {
      const step = story.step(is('drain-node', 'w-01')).key;
      const answer = { kind: 'delete-pod', at: story.in(0), by: people.dana, ...db1 } as const;
      story.tell({ kind: 'answer-given', step, number: 1, answer });
    },
    () => {
      const drain = story.step(is('drain-node', 'w-01'));
      story
        .tell(
          { kind: 'answer-seconded', step: drain.key, by: people.amir, number: 1 },
          { kind: 'step-unblocked', step: drain.key },
        )
        .succeed(drain);
      story.until(upTo);
      const step = story.step(upTo);
      story
        .start(step)
        .tell(
          { kind: 'step-failed', step: step.key, attempt: 1, failure: kubeletNotReady },
          { kind: 'run-halted', step: step.key, failure: kubeletNotReady },
        );
    },
    () => {
      const step = story.step(upTo);
      story.tell({ kind: 'decision-made', by: people.amir, choice: 'retry', step: step.key });
      story.until(() => false).tell({ kind: 'run-succeeded' });
    },
  ];
}

async function tellWithACrash(effects: number, dieAfterEffect: boolean, mayLook: boolean) {
  const clock = new ManualClock();
  const store = tempStore(clock);
  const slack = new FakeSlack(clock);
  if (mayLook) slack.lookFault = () => undefined;
  const plan = realPlan({ controlPlanes: ['cp-1'], workers: ['w-01', 'w-02'] }, { approvals: { needed: 1 } });
  const story = new Story(plan);
  const first = startPublisher(store, slack, clock, mortal(effects, dieAfterEffect));
  await store.create(
    { ...story.run, revision: 1 },
    story.events.map(({ event }) => event),
  );

  let stored = 1;
  for (const portion of portions(story)) {
    portion();
    const fresh = story.events.slice(stored).map(({ event }) => event);
    if (fresh.length > 0) await store.commit(story.run, fresh);
    stored = story.events.length;
    first.wake(storyRun);
    await clock.advance(6_000);
  }
  // The dead process lies there; another one begins.
  const second = startPublisher(store, slack, clock, (effect) => effect());
  await second.start();
  await clock.advance(120_000);
  const stopped = second.stop(1_000);
  await clock.advance(2_000);
  await stopped;
  return { slack, store };
}

const needed = [
  'w-01* goes on',
  'A second person has to agree',
  'stopped at w-01',
  '✅ prod-eu is on v1.34.9',
];
const routine = [
  'approved this plan',
  'etcd snapshot saved',
  'cp-1 control plane upgraded',
  'w-01 drained',
  'w-02 back',
];
const times = (slack: FakeSlack, line: string) => slack.thread.join('\n').split(line).length - 1;

// Hundreds of deaths, each with a whole telling after it.
test('a crash at any effect: needed lines are told, routine ones never twice, the message ends right', {
  timeout: 90_000,
}, async () => {
  let twice = 0;
  let left = 0;
  for (let effects = 1; effects <= 50; effects += 1) {
    for (const dieAfterEffect of [false, true]) {
      const { slack, store } = await tellWithACrash(effects, dieAfterEffect, false);
      const where = `at effect ${effects}, ${dieAfterEffect ? 'after' : 'before'} it`;
      for (const line of needed) expect(times(slack, line), `${line} ${where}`).toBeGreaterThanOrEqual(1);
      for (const line of routine) expect(times(slack, line), `${line} ${where}`).toBeLessThanOrEqual(1);
      const missing = routine.filter((line) => times(slack, line) === 0);
      const said = slack.thread.join().includes('may be missing');
      expect(missing.length === 0 || said, `${missing.join()} missing without a word ${where}`).toBe(true);
      expect(slack.parent, where).toContain('is on v1.34.9');
      expect(slack.parents.length, where).toBeLessThanOrEqual(2);
      expect(await store.unfinishedTellings(), where).toEqual([]);
      expect(slack.problems).toEqual([]);
      expect(slack.files.length, `files ${where}`).toBeLessThanOrEqual(2);
      if (slack.parents.length === 2) twice += 1;
      expect((await store.telling(storyRun))?.cards, `cards ${where}`).toBeUndefined();
      // A card that was posted and not written down is left behind; a press on it is answered honestly.
      const orphans = slack.thread.filter((text) => text.includes('[Keep waiting'));
      expect(orphans.length, `open cards ${where}`).toBeLessThanOrEqual(1);
      left += orphans.length;
    }
  }
  // Two plan messages come from one moment only: posted, and dead before that was written down. It is met twice here,
  // as the end of posting and as the beginning of writing.
  expect(twice).toBe(2);
  expect(left).toBe(2);
});

test('a crash at any effect, where the app may look for its posts: everything is told once, by one message', {
  timeout: 90_000,
}, async () => {
  for (let effects = 1; effects <= 50; effects += 1) {
    for (const dieAfterEffect of [false, true]) {
      const { slack, store } = await tellWithACrash(effects, dieAfterEffect, true);
      const where = `at effect ${effects}, ${dieAfterEffect ? 'after' : 'before'} it`;
      for (const line of needed) expect(times(slack, line), `${line} ${where}`).toBeGreaterThanOrEqual(1);
      for (const line of routine) expect(times(slack, line), `${line} ${where}`).toBe(1);
      expect(new Set(slack.thread).size, `nothing twice ${where}`).toBe(slack.thread.length);
      expect(slack.thread.join(), where).not.toContain('may be missing');
      expect(slack.parents.length, where).toBe(1);
      expect(slack.parent, where).toContain('is on v1.34.9');
      expect(await store.unfinishedTellings(), where).toEqual([]);
      expect((await store.telling(storyRun))?.cards, `cards ${where}`).toBeUndefined();
      expect(
        slack.thread.filter((text) => text.includes('[Keep waiting')),
        where,
      ).toEqual([]);
    }
  }
});
