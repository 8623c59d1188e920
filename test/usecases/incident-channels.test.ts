import { describe, expect, test } from 'vitest';
import { ChannelId, UserGroupId } from '../../src/domain/names.ts';
import { office } from '../support/office.ts';
import { amir, cluster, dana, li, channel as ops } from '../support/sample-plan.ts';

const war = ChannelId.parse('C0WARROOM1');
const onCall = UserGroupId.parse('S0ONCALL01');

/** An office whose cluster knows its incidents' channels by the people on call, @amir and @li. */
function withGroup() {
  const made = office({}, { incidents: { group: onCall } });
  made.world.channels.set(war, 'what-is-going-on');
  return made;
}

const seenFrom = ({ useCases }: ReturnType<typeof office>) => useCases.rollbackClusters(war);

describe('a channel is an incident’s by the people on call', () => {
  test('who created it', async () => {
    const at = withGroup();
    at.world.made.set(war, { creator: li });
    expect(await seenFrom(at)).toEqual({ clusters: [cluster] });
  });

  test('who are all in it, whoever created it', async () => {
    const at = withGroup();
    at.world.made.set(war, { creator: dana });
    at.world.readers.set(war, new Set([dana, amir, li]));
    expect(await seenFrom(at)).toEqual({ clusters: [cluster] });
  });

  test('and an incident can be declared in it', async () => {
    const at = withGroup();
    at.world.made.set(war, { creator: li });
    const told = await at.useCases.incident({ user: dana, channel: war, action: 'start' });
    expect(told).toMatchObject({ status: 'told', clusters: [cluster] });
  });
});

describe('a channel is none', () => {
  test('where only some of them are', async () => {
    const at = withGroup();
    at.world.readers.set(war, new Set([dana, li]));
    expect(await seenFrom(at)).toEqual({ clusters: [] });
  });

  test('where everybody is: the general one, and one with many readers', async () => {
    const at = withGroup();
    at.world.readers.set(war, 'many');
    expect(await seenFrom(at)).toEqual({ clusters: [] });
    at.world.made.set(war, { creator: li, isGeneral: true });
    expect(await seenFrom(at)).toEqual({ clusters: [] });
  });

  test('of a group without members', async () => {
    const at = withGroup();
    at.world.members = [];
    at.world.readers.set(war, new Set([dana]));
    expect(await seenFrom(at)).toEqual({ clusters: [] });
  });

  test('while Slack does not say, and the reason is told; the team’s own channel needs no answer', async () => {
    const at = withGroup();
    at.world.made.set(war, { creator: li });
    at.world.slackIsDown = true;
    expect(await seenFrom(at)).toEqual({
      clusters: [],
      problem: 'I cannot tell whether this is an incident’s channel, so it counts as none: no answer.',
    });
    const asked = { user: dana, channel: war };
    const started = await at.useCases.incident({ ...asked, action: 'start' });
    expect(started).toMatchObject({ status: 'denied', reason: expect.stringContaining('no answer') });
    const scope = { kind: 'all' } as const;
    const back = await at.useCases.proposeRollback({ ...asked, of: { cluster }, scope });
    expect(back).toMatchObject({ status: 'denied', reason: expect.stringContaining('no answer') });
    at.world.channels.set(ops, 'prod-eu-ops');
    expect(await at.useCases.rollbackClusters(ops)).toEqual({ clusters: [cluster] });
  });
});
