import { describe, expect, test } from 'vitest';
import type { Answer } from '../../src/domain/blockage.ts';
import type { RunEvent } from '../../src/domain/event.ts';
import { openWait } from '../../src/domain/run.ts';
import type { AttemptContext } from '../../src/ports/step-handler.ts';
import { dueReminders } from '../../src/run/next/reminders.ts';
import { createEffectWorld, effectHandlers } from '../support/effects.ts';
import { eventually } from '../support/eventually.ts';
import { byPerson, realClock, storeApprovedRun, untilEnded, untilRun } from '../support/running.ts';
import { amir, dana, li, sampleStep } from '../support/sample-plan.ts';
import { blockage, drain, failure, standstill } from '../support/standing.ts';
import { db1, is, stories } from '../support/stories.ts';
import { people, type Story } from '../support/story.ts';
import { tempExecutor } from '../support/temp-executor.ts';
import { tempStore } from '../support/temp-store.ts';

type Said = Answer extends infer A ? (A extends unknown ? Omit<A, 'at' | 'by'> : never) : never;

/** A run whose drain of w-01 stands still until it has an answer that ends it; `heard` is what it was given. */
async function standing(
  end: (answers: readonly Answer[], context: AttemptContext) => 'goes-on' | 'gives-up' | 'waits',
) {
  const world = createEffectWorld();
  const heard: Answer['kind'][][] = [];
  world.around = async (moment, { key }, context) => {
    if (key !== drain || moment !== 'before') return;
    context.blocked(failure().toFailure(), standstill(blockage('db-1')));
    const ended = await eventually(async () => {
      if (context.signal.aborted) return 'stopped';
      const how = end(context.answers(), context);
      return how === 'waits' ? undefined : how;
    }, 'an answer');
    heard.push(context.answers().map(({ kind }) => kind));
    if (ended === 'goes-on') context.unblocked();
    else throw failure();
  };
  const store = tempStore(realClock);
  await storeApprovedRun(store);
  const executor = tempExecutor(store, effectHandlers(world));
  await executor.start();
  await untilRun(store, (run) => openWait(run, drain) !== undefined);
  const say = (by: typeof dana, said: Said, more: readonly Pick<RunEvent, 'kind'>[] = []) =>
    byPerson(store, executor, (at, run) => [
      {
        kind: 'answer-given',
        at,
        step: drain,
        number: (run.steps.get(drain)?.answers?.length ?? 0) + 1,
        answer: { ...said, at, by },
        ...(said.kind === 'skip-node' ? { reason: 'its disk is broken' } : {}),
      },
      ...(more as readonly RunEvent[]),
    ]);
  return { world, store, executor, heard, say };
}

const has = (kind: Answer['kind']) => (answers: readonly Answer[]) =>
  answers.some((answer) => answer.kind === kind);

describe('a drain that stands still', () => {
  test('is given an answer that can hurt only once a second person has agreed', async () => {
    const { store, executor, heard, say } = await standing((answers) =>
      has('delete-pod')(answers) ? 'goes-on' : 'waits',
    );
    await say(dana, { kind: 'delete-pod', ...db1 });
    await say(dana, { kind: 'keep-waiting', seconds: 60 });
    const run = await untilRun(store, ({ steps }) => steps.get(drain)?.answers?.length === 2);
    expect(run.status).toBe('running');
    await byPerson(store, executor, (at) => [
      { kind: 'answer-seconded', at, by: li, step: drain, number: 1 },
    ]);
    const ended = await untilEnded(store);
    expect(ended.status).toBe('succeeded');
    expect(heard).toEqual([['delete-pod', 'keep-waiting']]);
    expect(ended.steps.get(drain)).not.toHaveProperty('wait');
    expect(ended.steps.get(drain)).not.toHaveProperty('answers');
  });

  test('of a node that is to be skipped ends, and the rest of the node’s turn is left out without a halt', async () => {
    const { store, say } = await standing((answers) => (has('skip-node')(answers) ? 'gives-up' : 'waits'));
    await say(amir, { kind: 'skip-node' });
    const ended = await untilEnded(store);
    expect(ended.status).toBe('succeeded');
    const kinds = ['drain-node', 'install-kubelet', 'uncordon-node'] as const;
    expect(kinds.map((kind) => ended.steps.get(sampleStep(kind, 'w-01').key)?.status)).toEqual(
      kinds.map(() => 'skipped'),
    );
    const events = (await store.events(ended.id, 0)).map(({ event }) => event);
    expect(events.some(({ kind }) => kind === 'run-halted')).toBe(false);
    const reasons = events.flatMap((event) => (event.kind === 'step-skipped' ? [event.reason] : []));
    expect(new Set(reasons)).toEqual(new Set(['its disk is broken']));
  });

  test('that empties its node in the very moment of the skip leaves the rest of the turn out all the same', async () => {
    const { store, say } = await standing((answers) => (has('skip-node')(answers) ? 'goes-on' : 'waits'));
    await say(amir, { kind: 'skip-node' });
    const ended = await untilEnded(store);
    expect(ended.steps.get(drain)?.status).toBe('succeeded');
    expect(ended.steps.get(sampleStep('install-kubelet', 'w-01').key)?.status).toBe('skipped');
    expect(ended.steps.get(sampleStep('uncordon-node', 'w-01').key)?.status).toBe('skipped');
  });

  test('that is stopped halts the run with its choices; Retry forgets the stop and keeps what was agreed', async () => {
    let tries = 0;
    const { store, executor, heard, say } = await standing((answers) => {
      tries += 1;
      if (has('stop')(answers)) return 'gives-up';
      return has('scale-up')(answers) && tries > 1 && !has('stop')(answers) && heard.length > 0
        ? 'goes-on'
        : 'waits';
    });
    const workload = { kind: 'StatefulSet', namespace: 'shop', name: 'db' } as const;
    await say(dana, { kind: 'scale-up', workload });
    await byPerson(store, executor, (at) => [
      { kind: 'answer-seconded', at, by: li, step: drain, number: 1 },
    ]);
    await say(dana, { kind: 'stop' });
    const halted = await untilRun(store, ({ status }) => status === 'halted');
    expect(openWait(halted, drain)?.standstill).toBeDefined();
    await byPerson(store, executor, (at) => [
      { kind: 'decision-made', at, by: dana, choice: 'retry', step: drain },
    ]);
    expect((await untilEnded(store)).status).toBe('succeeded');
    expect(heard).toEqual([['scale-up', 'stop'], ['scale-up']]);
  });
});

describe('people are called again', () => {
  const minute = 60_000;
  const later = (story: Story, minutes: number) => dueReminders(story.run, story.now + minutes * minute);

  test('once per interval of the policy for as long as a step stands still', () => {
    const story = stories['standstill']!();
    const { key } = story.step(is('drain-node', 'w-04'));
    expect(later(story, 58)).toEqual([]);
    expect(later(story, 61)).toMatchObject([{ kind: 'people-reminded', step: key }]);
    story.wait(61 * 60).tell({ kind: 'people-reminded', step: key });
    expect(later(story, 59)).toEqual([]);
    expect(later(story, 300)).toHaveLength(1);
    story.wait(1).tell({ kind: 'step-unblocked', step: key });
    expect(later(story, 300)).toEqual([]);
  });

  test('not while somebody has just answered', () => {
    const story = stories['standstill']!().wait(50 * 60);
    const { key } = story.step(is('drain-node', 'w-04'));
    const answer = { kind: 'keep-waiting', at: story.in(0), by: people.li, seconds: 600 } as const;
    story.tell({ kind: 'answer-given', step: key, number: 1, answer });
    expect(later(story, 20)).toEqual([]);
    expect(later(story, 61)).toHaveLength(1);
  });

  test('about a halt, once though its step stands still as well; not during an abort', () => {
    const story = stories['standstill-stopped']!();
    expect(later(story, 61)).toHaveLength(1);
    story.tell({ kind: 'people-reminded', step: story.run.halt!.step });
    expect(later(story, 59)).toEqual([]);
    story.tell({ kind: 'abort-requested', by: people.li });
    expect(later(story, 600)).toEqual([]);
  });

  test('not about a run of which nothing is asked', () => {
    for (const name of ['running-workers', 'retrying', 'paused', 'succeeded']) {
      const story = stories[name]!();
      expect(dueReminders(story.run, story.now + 600 * minute)).toEqual([]);
    }
  });
});
