import { describe, expect, test } from 'vitest';
import { StoreFailure } from '../../../src/adapters/sqlite/store-failure.ts';
import { buttonValue } from '../../../src/slack/buttons.ts';
import { readable } from '../../support/readable.ts';
import { stories } from '../../support/stories.ts';
import { people, storyRun } from '../../support/story.ts';
import { desk } from './support.ts';

const full = new StoreFailure(
  'full',
  'The disk of the database /var/lib/bot.sqlite is full or cannot be written',
);
const refuse = () => Promise.reject(full);

/** A desk whose store takes nothing more. */
async function desperate() {
  const at = await desk();
  at.world.storeError = full;
  const told = () => [...at.answers(), ...at.responded.map((message) => readable(message))].join('\n');
  return { ...at, told };
}

describe('a store that takes nothing more', () => {
  test('where a run stands can still be asked', async () => {
    const at = await desperate();
    at.knows(stories['running-workers']!());
    await at.command('status');
    expect(at.told()).toContain('66 %');
  });

  test('a command that cannot be carried out says what is wrong with the store', async () => {
    const at = await desperate();
    at.useCases.answers.pause = refuse;
    await at.command(`pause ${storyRun}`);
    expect(at.told()).toContain('cannot say whether that was done');
    expect(at.told()).toContain('/var/lib/bot.sqlite is full or cannot be written');
  });

  test('so does a press', async () => {
    const at = await desperate();
    const story = stories['halted']!();
    at.knows(story);
    at.useCases.answers.decide = refuse;
    await at.click('retry', buttonValue(story.run, 'retry'));
    expect(at.told()).toContain('is full or cannot be written');
  });

  test('and a form', async () => {
    const at = await desperate();
    const story = stories['halted']!();
    at.knows(story);
    at.useCases.answers.decide = refuse;
    await at.click('skip', buttonValue(story.run, 'skip'));
    const reason = { reason: { 'skip.reason': { type: 'plain_text_input', value: 'replaced tomorrow' } } };
    await at.submit('V1', reason, people.amir, 'skip');
    expect(at.told()).toContain('is full or cannot be written');
  });
});

test('any other error is answered, too, without its words', async () => {
  const at = await desk();
  at.useCases.answers.pause = () => Promise.reject(new TypeError('undefined is not a secret'));
  await at.command(`pause ${storyRun}`);
  const told = at.responded.map((message) => readable(message)).join();
  expect(told).toContain('My log has the details');
  expect(told).not.toContain('secret');
});
