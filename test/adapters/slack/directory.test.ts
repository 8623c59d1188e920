import { describe, expect, test } from 'vitest';
import { createDirectory } from '../../../src/adapters/slack/directory.ts';
import { createSlackClients } from '../../../src/adapters/slack/web-clients.ts';
import { UserGroupId } from '../../../src/domain/names.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { opsChannel, people } from '../../support/story.ts';
import { json, webApi } from './support.ts';

const group = UserGroupId.parse('S0APPROVERS');
const user = { id: people.dana, team_id: 'T1', name: 'dana' };

async function directoryAt(...answers: unknown[]) {
  const clock = new ManualClock();
  let asked = 0;
  const api = await webApi((call, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    json(answer)(call, response);
  });
  const clients = createSlackClients({ botToken: 'xoxb-test', apiUrl: api.apiUrl, log: silentLog });
  return { clock, api, directory: createDirectory({ clients, clock, log: silentLog }) };
}

describe('a user', () => {
  test('is asked for once a minute', async () => {
    const { directory, clock, api } = await directoryAt({ ok: true, user });
    await Promise.all([directory.user(people.dana), directory.user(people.dana)]);
    await clock.advance(59_000);
    await directory.user(people.dana);
    expect(api.calls).toHaveLength(1);
    await clock.advance(2_000);
    await directory.user(people.dana);
    expect(api.calls).toHaveLength(2);
  });

  test('is asked for anew when the clock was set back: nobody knows how old the answer is', async () => {
    const { api, clock } = await directoryAt({ ok: true, user });
    const clients = createSlackClients({ botToken: 'xoxb-test', apiUrl: api.apiUrl, log: silentLog });
    let backMs = 0;
    const directory = createDirectory({
      clients,
      clock: { now: () => clock.now() - backMs },
      log: silentLog,
    });
    await directory.user(people.dana);
    backMs = 3_600_000;
    await directory.user(people.dana);
    expect(api.calls).toHaveLength(2);
  });

  test.each([
    ['is_restricted', { isGuest: true }],
    ['is_ultra_restricted', { isGuest: true }],
    ['is_stranger', { isStranger: true }],
    ['is_bot', { isBot: true }],
    ['deleted', { deleted: true }],
  ])('%s is seen', async (flag, seen) => {
    const { directory } = await directoryAt({ ok: true, user: { ...user, [flag]: true } });
    expect(await directory.user(people.dana)).toMatchObject(seen);
  });

  test('whose flags are null is nobody special', async () => {
    const flags = {
      deleted: null,
      is_bot: null,
      is_restricted: null,
      is_ultra_restricted: null,
      is_stranger: null,
    };
    const { directory } = await directoryAt({ ok: true, user: { ...user, ...flags } });
    expect(await directory.user(people.dana)).toMatchObject({
      deleted: false,
      isBot: false,
      isGuest: false,
      isStranger: false,
    });
  });

  test('that Slack does not know is none', async () => {
    const { directory } = await directoryAt({ ok: false, error: 'user_not_found' });
    expect(await directory.user(people.dana)).toBeUndefined();
  });

  test.each([
    ['an error', { ok: false, error: 'missing_scope' }],
    ['another shape', { ok: true, user: { id: people.dana } }],
    ['nothing', { ok: true }],
  ])('of whom Slack says %s is thrown, and asked for again', async (_, answer) => {
    const { directory } = await directoryAt(answer, { ok: true, user });
    await expect(directory.user(people.dana)).rejects.toThrow('Slack did not answer about a user');
    expect(await directory.user(people.dana)).toMatchObject({ handle: 'dana' });
  });
});

test.each([{ is_ext_shared: true }, { is_pending_ext_shared: true }, { pending_shared: ['T2'] }])(
  'a channel that is shared with others is seen as such: %j',
  async (flags) => {
    const { directory } = await directoryAt({ ok: true, channel: { id: opsChannel, name: 'ops', ...flags } });
    expect(await directory.channel(opsChannel)).toMatchObject({ isExternallyShared: true });
  },
);

describe('the members of a group', () => {
  test('are asked anew where rights are decided, and that answer serves the others', async () => {
    const { directory, api } = await directoryAt(
      { ok: true, users: [people.amir, people.li] },
      { ok: true, users: [people.li] },
    );
    expect(await directory.groupMembers(group, { fresh: false })).toEqual([people.amir, people.li]);
    expect(await directory.groupMembers(group, { fresh: true })).toEqual([people.li]);
    expect(await directory.groupMembers(group, { fresh: false })).toEqual([people.li]);
    expect(api.calls).toHaveLength(2);
  });

  test('that cannot be had are not taken from an older answer', async () => {
    const { directory } = await directoryAt(
      { ok: true, users: [people.amir] },
      { ok: false, error: 'ratelimited' },
    );
    await directory.groupMembers(group, { fresh: false });
    await expect(directory.groupMembers(group, { fresh: true })).rejects.toThrow('Slack did not answer');
    await expect(directory.groupMembers(group, { fresh: false })).rejects.toThrow('Slack did not answer');
  });
});

test('the members of a channel are read page by page', async () => {
  const { directory, api } = await directoryAt(
    { ok: true, members: [people.dana], response_metadata: { next_cursor: 'more' } },
    { ok: true, members: [people.amir] },
  );
  expect(await directory.isMember(opsChannel, people.amir)).toBe(true);
  expect(await directory.isMember(opsChannel, people.sam)).toBe(false);
  expect(api.calls.map(({ params }) => params.get('cursor'))).toEqual([null, 'more']);
});

describe('who is in a channel that may be an incident’s', () => {
  const page = (count: number, cursor = '', from = 0) => ({
    ok: true,
    members: Array.from({ length: count }, (_, index) => `U${String(from + index).padStart(8, '0')}`),
    response_metadata: { next_cursor: cursor },
  });

  test('is read page by page, once a minute', async () => {
    const { directory, api } = await directoryAt(page(2, 'more'), page(1, '', 2));
    const members = await directory.membersOf(opsChannel);
    expect(members).toEqual(new Set(['U00000000', 'U00000001', 'U00000002']));
    await directory.membersOf(opsChannel);
    expect(api.calls).toHaveLength(2);
  });

  test('is not read to its end where there are many, nor where the pages do not end', async () => {
    const large = await directoryAt(page(301, 'more'));
    expect(await large.directory.membersOf(opsChannel)).toBe('many');
    expect(large.api.calls).toHaveLength(1);
    const endless = await directoryAt(page(1, 'again'));
    expect(await endless.directory.membersOf(opsChannel)).toBe('many');
    expect(endless.api.calls).toHaveLength(5);
  });

  test('who created it is told where Slack says so in a form that is known', async () => {
    const channel = { id: opsChannel, name: 'inc', creator: people.li, is_general: false };
    const told = await directoryAt({ ok: true, channel });
    expect(await told.directory.channel(opsChannel)).toMatchObject({ creator: people.li, isGeneral: false });
    const odd = await directoryAt({ ok: true, channel: { ...channel, creator: '' } });
    expect((await odd.directory.channel(opsChannel))?.creator).toBeUndefined();
  });
});
