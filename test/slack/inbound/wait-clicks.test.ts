import { describe, expect, test } from 'vitest';
import { ChannelId } from '../../../src/domain/names.ts';
import { openWait } from '../../../src/domain/run.ts';
import { cardKey, type WaitAction, waitActionId, waitValue } from '../../../src/slack/wait-buttons.ts';
import { is, stories } from '../../support/stories.ts';
import { people, type Story } from '../../support/story.ts';
import { desk } from './support.ts';

const cardTs = '1700000000.000077';

/** A run with a drain that stands still, and its card. */
async function standing(name = 'standstill') {
  const at = await desk();
  const story = stories[name]!();
  const step = story.step(is('drain-node', 'w-04')).key;
  const since = openWait(story.run, step)!.since;
  const show = (told: Story) => {
    at.knows(told);
    const telling = at.tellings.get(told.run.id)!;
    at.tellings.set(told.run.id, { ...telling, cards: { [cardKey({ step, since })]: cardTs } });
  };
  show(story);
  const about = (what?: { pod: string } | { number: number }) => waitValue(story.run, { step, since }, what);
  const press = (action: WaitAction, value: string, options: Parameters<typeof at.click>[2] = {}) =>
    at.click({ id: waitActionId(action) }, value, { ts: cardTs, ...options });
  return { at, story, step, since, about, press, show };
}

const pod = { pod: 'uid-db-1' };

describe('a press on the card of a step that stands still', () => {
  test.each([
    ['keep-waiting', undefined, 'answer', { wish: { kind: 'keep-waiting' } }, 'goes on waiting'],
    ['stop', undefined, 'answer', { wish: { kind: 'stop' } }, 'is being stopped'],
    ['delete-pod', pod, 'answer', { wish: { kind: 'delete-pod', pod: 'uid-db-1' } }, 'second person'],
    ['scale-up', pod, 'answer', { wish: { kind: 'scale-up', pod: 'uid-db-1' } }, 'second person'],
    ['tell-owner', pod, 'tellOwner', { pod: 'uid-db-1' }, 'are called'],
    ['agree', { number: 2 }, 'agree', { number: 2 }, 'Agreed'],
    ['withdraw', { number: 2 }, 'withdraw', { number: 2 }, 'Taken back'],
    ['retry', undefined, 'decide', { choice: 'retry' }, 'tries again'],
  ] as const)('%s reaches its use case', async (action, what, name, request, said) => {
    const { at, story, step, since, about, press } = await standing();
    const { answers } = await press(action, about(what));
    expect(at.useCases.asked).toHaveLength(1);
    expect(at.useCases.asked[0]).toMatchObject({
      name,
      request: { run: story.run.id, step, since, user: people.amir, ...request },
    });
    expect(answers.join()).toContain(said);
  });

  test('about the third pod of a card reaches it as well', async () => {
    const { at, about } = await standing();
    await at.click({ id: waitActionId('delete-pod', 3) }, about(pod), { ts: cardTs });
    expect(at.useCases.changes).toEqual(['answer']);
  });

  test('skip asks why first; the reason goes with the answer', async () => {
    const { at, step, since, about, press } = await standing();
    await press('skip', about());
    expect(at.useCases.asked).toEqual([]);
    const said = { reason: { 'skip.reason': { type: 'plain_text_input', value: 'broken disk' } } };
    await at.submit('V1', said, people.amir, 'skip');
    expect(at.useCases.asked[0]).toMatchObject({
      name: 'answer',
      request: { step, since, wish: { kind: 'skip-node', reason: 'broken disk' } },
    });
  });

  test('that is denied is answered with the reason', async () => {
    const { at, about, press } = await standing();
    at.useCases.answers.agree = async () => ({ status: 'denied', reason: 'You asked for it.' });
    const { answers } = await press('agree', about({ number: 2 }));
    expect(answers.join()).toContain('You asked for it.');
  });
});

describe('a press that is not what it claims to be changes nothing', () => {
  test.each(['forged', '', 'k7f3ab.000000000000.00000000', `k7f3ab.${'0'.repeat(3_000)}`])(
    'a value that was made up: %j',
    async (value) => {
      const { at, press } = await standing();
      const { answers } = await press('delete-pod', value.slice(0, 2_000));
      expect(at.useCases.changes).toEqual([]);
      expect(answers.join()).toContain('nothing was done');
    },
  );

  test('a pod that is not in the way', async () => {
    const { at, about, press } = await standing();
    const { answers } = await press('delete-pod', about({ pod: 'uid-of-another' }));
    expect(at.useCases.changes).toEqual([]);
    expect(answers.join()).toContain('not in the way any more');
  });

  test('a wait that is over, and one that began anew', async () => {
    const { at, story, step, about, press, show } = await standing();
    const old = about(pod);
    show(story.tell({ kind: 'step-unblocked', step }));
    expect((await press('delete-pod', old)).answers.join()).toContain('That wait is over');
    const { failure, standstill } = openWait(stories['standstill']!().run, step)!;
    show(story.wait(60).tell({ kind: 'step-blocked', step, failure, standstill: standstill! }));
    expect((await press('delete-pod', old)).answers.join()).toContain('That wait is over');
    expect(at.useCases.changes).toEqual([]);
  });

  test('a second card that a crash left behind', async () => {
    const { at, about, press } = await standing();
    const { answers } = await press('delete-pod', about(pod), { ts: '1600000000.000009' });
    expect(answers.join()).toContain('not the present card');
    expect(at.useCases.changes).toEqual([]);
  });

  test('another channel', async () => {
    const { at, about, press } = await standing();
    await press('stop', about(), { channel: ChannelId.parse('C0ELSEWHERE') });
    expect(at.useCases.changes).toEqual([]);
  });

  test('an action that this version does not have', async () => {
    const { at, about } = await standing();
    const { answers } = await at.click({ id: 'wait.delete-everything' }, about(), { ts: cardTs });
    expect(answers.join()).toContain('I do not know this button');
    expect(at.useCases.changes).toEqual([]);
  });

  test('the same delivery twice', async () => {
    const { at, about } = await standing();
    const body = at.clickBody({ id: 'wait.stop' }, about(), { ts: cardTs });
    await at.deliver(body);
    await at.deliver(body);
    expect(at.useCases.changes).toEqual(['answer']);
  });
});

test('commands reach the use cases of the same names', async () => {
  const { at, story } = await standing();
  const { id } = story.run;
  await at.command(`retry ${id} w-04`);
  await at.command(`skip ${id} w-04 Broken disk`);
  await at.command(`handover ${id} <@${people.li}|li>`);
  await at.command(`extend ${id} 45m`);
  expect(at.useCases.asked.map(({ name, request }) => ({ name, ...(request as object) }))).toMatchObject([
    { name: 'retry', run: id, node: 'w-04' },
    { name: 'skip', run: id, words: ['w-04', 'Broken', 'disk'] },
    { name: 'handOver', run: id, to: people.li },
    { name: 'extend', run: id, minutes: 45 },
  ]);
});
