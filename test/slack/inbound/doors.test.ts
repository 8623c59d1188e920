import { describe, expect, test } from 'vitest';
import { ChannelId } from '../../../src/domain/names.ts';
import type { SlackChannel, SlackUser } from '../../../src/ports/directory.ts';
import { buttonValue } from '../../../src/slack/buttons.ts';
import { stories } from '../../support/stories.ts';
import { opsChannel, people } from '../../support/story.ts';
import { desk } from './support.ts';

describe('a payload from elsewhere gets no answer at all', () => {
  test.each([
    ['another app', { api_app_id: 'A0OTHER' }],
    ['nowhere in particular', { api_app_id: undefined, team_id: undefined }],
    ['an installation to a whole organisation', { is_enterprise_install: true, enterprise_id: 'E1' }],
  ])('%s', async (_, extra) => {
    const at = await desk();
    const { acks } = await at.command('plan prod-eu 1.34.9', extra);
    expect(acks).toEqual([]);
    expect(at.useCases.asked).toEqual([]);
    expect(at.slack.ephemerals).toEqual([]);
  });
});

test('people of another workspace are told that this is not for them, without a look at anything', async () => {
  const at = await desk();
  at.world.directoryDown = true;
  const { acks } = await at.command('plan prod-eu 1.34.9', { team_id: 'T0OTHER' });
  expect(acks).toHaveLength(1);
  expect(at.responded.map(({ text }) => text).join()).toContain('another workspace');
  expect(at.useCases.asked).toEqual([]);
});

describe('who may not use the bot is told why, and nothing happens', () => {
  const users: [string, Partial<SlackUser>, string][] = [
    ['a guest', { isGuest: true }, 'guest'],
    ['a stranger', { isStranger: true }, 'another workspace'],
    ['a member of another team', { teamId: 'T0OTHER' }, 'another workspace'],
    ['a bot', { isBot: true }, 'Bots'],
    ['a deactivated account', { deleted: true }, 'not known'],
  ];
  test.each(users)('%s', async (_, user, said) => {
    const at = await desk();
    at.users.set(people.dana, user);
    const { acks, answers } = await at.command('plan prod-eu 1.34.9');
    expect(acks).toHaveLength(1);
    expect(answers.join()).toContain(said);
    expect(at.useCases.asked).toEqual([]);
  });

  const channels: [string, Partial<SlackChannel> | 'absent', string][] = [
    ['a channel shared with another organisation', { isExternallyShared: true }, 'shared'],
    ['a channel that the bot cannot see', 'absent', 'Invite me'],
    ['an archived channel', { isArchived: true }, 'archived'],
  ];
  test.each(channels)('%s', async (_, channel, said) => {
    const at = await desk();
    at.channels.set(opsChannel, channel);
    const { answers } = await at.command('plan prod-eu 1.34.9');
    expect(answers.join()).toContain(said);
    expect(at.useCases.asked).toEqual([]);
  });

  test('somebody who asks in a direct message, which Slack would want another scope for', async () => {
    const at = await desk();
    at.channels.set(ChannelId.parse('D0DIRECT'), 'absent');
    const { answers } = await at.command('help', { channel_id: 'D0DIRECT' });
    expect(answers.join()).toContain('not in direct messages');
  });

  test('anybody while Slack does not say who they are', async () => {
    const at = await desk();
    at.world.directoryDown = true;
    const story = stories['proposed']!();
    at.knows(story);
    await at.command('plan prod-eu 1.34.9');
    const { answers } = await at.click('approve', buttonValue(story.run, 'approve'));
    expect(answers).toHaveLength(2);
    expect(answers.join()).toContain('nothing was done');
    expect(at.useCases.changes).toEqual([]);
  });

  test('a guest who presses Approve', async () => {
    const at = await desk();
    const story = stories['proposed']!();
    at.knows(story);
    at.users.set(people.amir, { isGuest: true });
    const { answers } = await at.click('approve', buttonValue(story.run, 'approve'));
    expect(answers.join()).toContain('guest');
    expect(at.useCases.changes).toEqual([]);
  });
});

describe('every payload is acknowledged before anything is asked of anybody', () => {
  test('even if Slack never says who somebody is', async () => {
    const at = await desk();
    at.world.directoryHangs = true;
    const { acks, answers } = await at.command('help');
    expect(acks).toHaveLength(1);
    expect(answers).toEqual([]);
  });

  test('even if a use case never ends, and the work is counted as under way', async () => {
    const at = await desk();
    at.useCases.answers.propose = () => new Promise(() => undefined);
    const { acks, answers } = await at.command('plan prod-eu 1.34.9');
    expect(acks).toHaveLength(1);
    expect(answers.join()).toContain('Looking at prod-eu');
    const drained = at.handlers.drain(5_000);
    await at.clock.advance(5_000);
    expect(await drained).toBe(1);
  });

  test('and quickly: 500 commands one after the other, 99 of 100 within 100 ms', async () => {
    const at = await desk();
    const times: number[] = [];
    for (let sent = 0; sent < 500; sent += 1) {
      const { ackedAfterMs } = await at.deliver(at.commandBody('help'));
      times.push(ackedAfterMs);
    }
    expect(times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]).toBeLessThan(100);
  });
});

describe('the same delivery twice does one thing once', () => {
  test('a command', async () => {
    const at = await desk();
    const body = at.commandBody('plan prod-eu 1.34.9');
    const first = await at.deliver(body);
    const second = await at.deliver(body);
    expect([...first.acks, ...second.acks]).toHaveLength(2);
    expect(at.useCases.changes).toEqual(['propose']);
  });

  test('a click', async () => {
    const at = await desk();
    const story = stories['proposed']!();
    at.knows(story);
    const body = at.clickBody('approve', buttonValue(story.run, 'approve'));
    await at.deliver(body);
    await at.deliver(body);
    expect(at.useCases.changes).toEqual(['approve']);
  });

  test('a form', async () => {
    const at = await desk();
    await at.command('plan');
    const values = { 'version:prod-eu': { 'plan.version': { selected_option: { value: 'v1.34.9' } } } };
    await at.submit('V1', values);
    await at.submit('V1', values);
    expect(at.useCases.changes).toEqual(['propose']);
  });
});

describe('where the bot is not in the channel, nobody would see a plan: none is made', () => {
  test.each([
    ['asked for in a line', 'plan prod-eu 1.34.9'],
    ['asked for in a form', 'plan'],
  ])('%s', async (_, line) => {
    const at = await desk();
    at.channels.set(opsChannel, { hasBot: false });
    const { answers } = await at.command(line);
    expect(answers.join()).toContain('/invite @k8s-upgrade-bot');
    expect(at.useCases.changes).toEqual([]);
    expect(at.slack.views.size).toBe(0);
  });

  test('but what only answers is answered', async () => {
    const at = await desk();
    at.channels.set(opsChannel, { hasBot: false });
    const { answers } = await at.command('runs');
    expect(answers.join()).toContain('No run yet');
  });
});

describe('what Slack, or a workspace that is not Slack’s own, may leave out', () => {
  test.each([
    ['a response URL that is none', { response_url: '' }],
    ['no response URL', { response_url: undefined }],
  ])('%s: the command is answered all the same', async (_, extra) => {
    const at = await desk();
    const { answers } = await at.command('help', extra);
    expect(answers.join()).toContain('What I can do');
  });

  test('a command without a text is the command alone', async () => {
    const at = await desk();
    const { answers } = await at.command('', { text: null });
    expect(answers.join()).toContain('What I can do');
  });

  test('what cannot be left out: nothing is done, and the person hears it', async () => {
    const at = await desk();
    const { acks } = await at.command('plan prod-eu 1.34.9', { trigger_id: undefined });
    expect(acks).toHaveLength(1);
    expect(at.useCases.asked).toEqual([]);
    expect(at.responded.map(({ text }) => text).join()).toContain('nothing was done');
  });
});

test('a form that no listener knows any more is told to be too old', async () => {
  const at = await desk();
  const { acks } = await at.submit('V9', {}, people.dana, 'a-form-of-last-year');
  expect(acks).toHaveLength(1);
  expect(acks[0]).toMatchObject({ response_action: 'update', view: { type: 'modal' } });
  expect(JSON.stringify(acks[0])).toContain('too old');
});

test('where the bot is not in the channel, the answer takes the response URL', async () => {
  const at = await desk();
  at.slack.ephemeralOutcome = { status: 'refused', error: 'not_in_channel' };
  await at.command('help');
  expect(at.responded).toHaveLength(1);
});
