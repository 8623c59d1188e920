import { expect, test } from 'vitest';
import { instant } from '../../../src/domain/names.ts';
import { readable } from '../../support/readable.ts';
import { realClock } from '../../support/running.ts';
import { opsChannel, people } from '../../support/story.ts';
import { tempDatabase, tempStore } from '../../support/temp-store.ts';
import { desk } from './support.ts';

/** A desk whose looks never come to an end: what a process that dies leaves behind is what `start` then finds. */
async function deskThatDies() {
  const at = await desk();
  const forever = new Promise<never>(() => undefined);
  at.useCases.answers.doctor = () => forever;
  at.useCases.answers.propose = () => forever;
  at.useCases.answers.proposeRollback = () => forever;
  const settle = async () => {
    for (let round = 0; round < 6; round += 1) await at.clock.settle();
  };
  return { ...at, settle };
}

test('a doctor’s message whose bot died says so after the restart, and how to ask again', async () => {
  const at = await deskThatDies();
  await at.command('doctor prod-eu');
  await at.clock.advance(2_000);
  expect(readable(at.slack.messages[0]!.message)).toContain('Looking at');
  await at.handlers.start();
  await at.settle();
  const [message] = at.slack.messages;
  expect(at.slack.messages).toHaveLength(1);
  const said = readable(message!.message);
  expect(said).toContain('I was restarted while I looked at prod-eu; nothing was changed');
  expect(said).toContain('/k8s-upgrade doctor prod-eu');
  expect(said).not.toContain('Looking at');
  expect(at.looks.size).toBe(0);
});

test('whoever waits for a plan is told by the successor, too: there is no message to mend', async () => {
  const at = await deskThatDies();
  await at.command('plan prod-eu 1.34.9');
  await at.handlers.start();
  await at.settle();
  expect(at.answers().at(-1)).toContain('Ask again: `/k8s-upgrade plan prod-eu`');
  expect(at.slack.ephemerals.at(-1)).toMatchObject({ channel: opsChannel, user: people.dana });
});

test('while Slack is away it is tried again, and what was told is forgotten only then', async () => {
  const at = await deskThatDies();
  await at.command('plan prod-eu 1.34.9');
  at.slack.ephemeralOutcome = { status: 'unavailable', sent: 'unknown', reason: 'down' };
  await at.handlers.start();
  await at.settle();
  expect(at.looks.size).toBe(1);
  at.slack.ephemeralOutcome = undefined;
  await at.clock.advance(30_000);
  expect(at.looks.size).toBe(0);
  expect(at.answers().at(-1)).toContain('I was restarted');
});

test('a look that was answered leaves nothing behind', async () => {
  const at = await desk();
  await at.command('doctor prod-eu');
  await at.command('plan prod-eu 1.34.9');
  expect(at.looks.size).toBe(0);
  const before = at.answers().length;
  await at.handlers.start();
  expect(at.answers()).toHaveLength(before);
});

test('the store keeps looks over a restart, with their message once there is one', async () => {
  const path = tempDatabase();
  const store = tempStore(realClock, path);
  const look = {
    what: 'prod-eu',
    channel: opsChannel,
    user: people.dana,
    again: '/k8s-upgrade doctor prod-eu',
  };
  await store.beginLook({ ...look, id: 'a', since: instant(1) });
  await store.beginLook({ ...look, id: 'b', since: instant(2) });
  await store.lookShownAt('b', '1700000000.000001');
  await store.endLook('a');
  await store.endLook('never was');
  await store.close();
  expect(await tempStore(realClock, path).openLooks()).toEqual([
    { ...look, id: 'b', since: instant(2), ts: '1700000000.000001' },
  ]);
});
