import { expect, test } from 'vitest';
import { instant, RunId } from '../../../src/domain/names.ts';
import { stories } from '../../support/stories.ts';
import { people } from '../../support/story.ts';
import { desk } from './support.ts';

test('Home shows what is under way in the channels that the person reads, with links', async () => {
  const at = await desk();
  at.knows(stories['running-workers']!());
  await at.openHome();
  const view = JSON.stringify(at.slack.homes.get(people.dana));
  expect(view).toContain('prod-eu: v1.33.13 → v1.34.9');
  expect(view).toContain('https://acme.slack.com/archives/');
});

test('Home shows nothing of channels that the person is not in', async () => {
  const at = await desk();
  at.knows(stories['running-workers']!());
  at.world.members.delete(people.sam);
  await at.openHome(people.sam);
  const view = JSON.stringify(at.slack.homes.get(people.sam));
  expect(view).not.toContain('prod-eu');
  expect(view).toContain('Nothing is under way in your channels.');
});

test('Home tells a guest why there is nothing', async () => {
  const at = await desk();
  at.users.set(people.sam, { isGuest: true });
  await at.openHome(people.sam);
  expect(JSON.stringify(at.slack.homes.get(people.sam))).toContain('guest');
});

test('Home tells of every cluster of those channels when going back was last proven', async () => {
  const at = await desk();
  at.knows(stories['running-workers']!());
  await at.openHome();
  expect(JSON.stringify(at.slack.homes.get(people.dana))).toContain('*prod-eu* · no rollback proven yet');
  const proof = {
    run: RunId.parse('bbb333'),
    of: RunId.parse('aaa222'),
    endedAt: instant(at.clock.now() - 3_600_000),
    verdict: 'keep-etcd',
    isDrill: true,
  } as const;
  at.useCases.answers.lastProvenRollback = async () => proof;
  await at.openHome();
  expect(JSON.stringify(at.slack.homes.get(people.dana))).toMatch(
    /\*prod-eu\* · rollback last proven <!date.*, by a drill/,
  );
  at.world.members.delete(people.sam);
  await at.openHome(people.sam);
  expect(JSON.stringify(at.slack.homes.get(people.sam))).not.toContain('proven');
});
