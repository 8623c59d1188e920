import { expect, test } from 'vitest';
import type { PlanDigest } from '../../src/domain/names.ts';
import { Policy } from '../../src/domain/policy.ts';
import { version } from '../../src/domain/version.ts';
import type { Directory } from '../../src/ports/directory.ts';
import { createUseCases } from '../../src/usecases/index.ts';
import { elsewhere, group, office } from '../support/office.ts';
import { amir, channel, cluster, dana, li } from '../support/sample-plan.ts';
import { snapshotOf } from '../support/snapshots.ts';

const exact = (text: string) => ({ kind: 'exact', version: version(text) }) as const;

async function proposed(policy: Record<string, unknown> = { approvals: { needed: 2 } }) {
  const made = office(policy);
  const outcome = await made.useCases.propose({ user: dana, channel, cluster, target: exact('1.34.9') });
  if (outcome.status !== 'proposed') throw new Error(`not proposed: ${JSON.stringify(outcome)}`);
  const { run } = outcome;
  return { ...made, run, asked: { channel, run: run.id, digest: run.plan.digest } };
}

test('a plan is stored as a proposal and told of', async () => {
  const { run, store, commits } = await proposed();
  expect(await store.load(run.id)).toEqual(run);
  expect(run).toMatchObject({ status: 'proposed', requestedBy: dana, cluster });
  expect(commits.map(({ id }) => id)).toEqual([run.id]);
});

test('a channel learns nothing of clusters that are not tied to it', async () => {
  const { useCases } = office();
  const outcome = await useCases.propose({
    user: dana,
    channel: elsewhere,
    cluster,
    target: exact('1.34.9'),
  });
  expect(outcome).toMatchObject({ status: 'denied' });
  expect(useCases.clusterNames(elsewhere)).toEqual([]);
});

test.each([
  [{ kind: 'next' } as const, 'v1.34.9'],
  [{ kind: 'latest' } as const, 'v1.34.9'],
  [{ kind: 'minor', minor: '1.34' } as never, 'v1.34.9'],
])('%j means the newest patch that the repositories offer', async (target, to) => {
  const { useCases } = office();
  const outcome = await useCases.propose({ user: dana, channel, cluster, target });
  expect(outcome).toMatchObject({ status: 'proposed', run: { plan: { to } } });
});

test('a minor that nothing offers is answered with what there is', async () => {
  const { useCases } = office();
  const target = { kind: 'minor', minor: '1.36' } as never;
  expect(await useCases.propose({ user: dana, channel, cluster, target })).toMatchObject({
    status: 'not-offered',
    wanted: '1.36',
    offered: ['v1.33.13', 'v1.34.8', 'v1.34.9'],
  });
});

test('a cluster that is there already is no plan', async () => {
  const { useCases, world } = office();
  world.snapshot = snapshotOf({ version: '1.34.9' });
  expect(await useCases.propose({ user: dana, channel, cluster, target: exact('1.34.9') })).toMatchObject({
    status: 'up-to-date',
    version: 'v1.34.9',
  });
});

test('the same person asking again withdraws the older plan', async () => {
  const { useCases, store, run } = await proposed();
  await useCases.propose({ user: dana, channel, cluster, target: exact('1.34.8') });
  expect(await store.load(run.id)).toMatchObject({ status: 'voided' });
});

test('two people of the group approve, and the second approval starts the run', async () => {
  const { useCases, asked } = await proposed();
  expect(await useCases.approve({ ...asked, user: amir })).toMatchObject({ status: 'counted', missing: 1 });
  expect(await useCases.approve({ ...asked, user: li })).toMatchObject({
    status: 'counted',
    missing: 0,
    run: { status: 'approved' },
  });
});

test('one person pressing twice counts once', async () => {
  const { useCases, asked, store } = await proposed();
  await useCases.approve({ ...asked, user: amir });
  expect(await useCases.approve({ ...asked, user: amir })).toMatchObject({ status: 'already-counted' });
  expect((await store.load(asked.run))?.approvals).toHaveLength(1);
});

test('the requester may not approve, unless policy lets them', async () => {
  const strict = await proposed();
  strict.world.members.push(dana);
  expect(await strict.useCases.approve({ ...strict.asked, user: dana })).toMatchObject({
    status: 'denied',
    reason: expect.stringContaining('you asked for it'),
  });
  const lenient = await proposed({ approvals: { needed: 1, requesterCounts: true } });
  lenient.world.members.push(dana);
  expect(await lenient.useCases.approve({ ...lenient.asked, user: dana })).toMatchObject({ missing: 0 });
});

test('who is not in the group is told whom it is for', async () => {
  const { useCases, asked, world } = await proposed();
  world.members = [li];
  expect(await useCases.approve({ ...asked, user: amir })).toMatchObject({
    status: 'denied',
    reason: expect.stringContaining('S0APPROVERS'),
  });
});

test('nobody is let through while Slack does not say who is in the group', async () => {
  const { useCases, asked, world, store } = await proposed();
  world.slackIsDown = true;
  expect(await useCases.approve({ ...asked, user: amir })).toMatchObject({ status: 'denied' });
  expect((await store.load(asked.run))?.approvals).toEqual([]);
});

test('who is in the group is asked of Slack at every approval: what was heard before does not count', async () => {
  const { deps, asked, world, store } = await proposed();
  const heardBefore = [...world.members];
  const directory: Directory = {
    ...deps.directory,
    groupMembers: async (_group, options) => (options.fresh ? world.members : heardBefore),
  };
  world.members = [li];
  const useCases = createUseCases({ ...deps, directory });
  expect(await useCases.approve({ ...asked, user: amir })).toMatchObject({ status: 'denied' });
  expect((await store.load(asked.run))?.approvals).toEqual([]);
});

test('who is pinned by id may approve, whatever Slack says or does not say', async () => {
  const made = office({ approvals: { needed: 1 } }, { approvers: { users: [amir], group } });
  const outcome = await made.useCases.propose({ user: dana, channel, cluster, target: exact('1.34.9') });
  if (outcome.status !== 'proposed') throw new Error('not proposed');
  const asked = { channel, run: outcome.run.id, digest: outcome.run.plan.digest };
  made.world.members = [];
  made.world.slackIsDown = true;
  expect(await made.useCases.approve({ ...asked, user: li })).toMatchObject({ status: 'denied' });
  expect(await made.useCases.approve({ ...asked, user: amir })).toMatchObject({ missing: 0 });
});

test('a forged digest and another channel approve nothing', async () => {
  const { useCases, asked, store } = await proposed();
  const forged = 'f'.repeat(64) as PlanDigest;
  expect(await useCases.approve({ ...asked, digest: forged, user: amir })).toMatchObject({
    status: 'denied',
  });
  expect(await useCases.approve({ ...asked, channel: elsewhere, user: amir })).toMatchObject({
    status: 'denied',
  });
  expect((await store.load(asked.run))?.approvals).toEqual([]);
});

test('a plan is approved in the channel that reads it, not in another one of the same cluster', async () => {
  const { useCases, store } = office({ approvals: { needed: 1 } }, { channels: [channel, elsewhere] });
  const outcome = await useCases.propose({ user: dana, channel, cluster, target: exact('1.34.9') });
  if (outcome.status !== 'proposed') throw new Error('not proposed');
  const asked = { run: outcome.run.id, digest: outcome.run.plan.digest, user: amir };
  expect(await useCases.approve({ ...asked, channel: elsewhere })).toMatchObject({
    status: 'denied',
    reason: expect.stringContaining(channel),
  });
  expect((await store.load(outcome.run.id))?.approvals).toEqual([]);
  expect(await useCases.approve({ ...asked, channel })).toMatchObject({ status: 'counted', missing: 0 });
});

test.each([
  [{ approvals: { needed: 2 } }, 'it wants 2 approvals now'],
  [{ approvals: { needed: 1, requesterCounts: false } }, 'it wants approvals of others'],
])('a plan from before the configuration asked for more cannot be approved: %j', async (today, why) => {
  const { deps, asked, store } = await proposed({ approvals: { needed: 1, requesterCounts: true } });
  const configured = deps.clusters.get(cluster)!;
  const stricter = { ...configured, policy: Policy.parse(today) };
  const useCases = createUseCases({ ...deps, clusters: new Map([[cluster, stricter]]) });
  expect(await useCases.approve({ ...asked, user: amir })).toMatchObject({
    status: 'denied',
    reason: expect.stringContaining(why),
  });
  expect(await store.load(asked.run)).toMatchObject({ status: 'proposed', approvals: [] });
});

test('a plan that has expired is ended by the click that comes too late', async () => {
  const { useCases, asked, world, store } = await proposed();
  world.now += 61 * 60_000;
  expect(await useCases.approve({ ...asked, user: amir })).toMatchObject({ status: 'expired' });
  expect(await store.load(asked.run)).toMatchObject({ status: 'expired' });
});

test('a cluster that changed in between voids the plan at the last approval', async () => {
  const { useCases, asked, world, store } = await proposed();
  await useCases.approve({ ...asked, user: amir });
  world.snapshot = snapshotOf({
    workers: ['w-1', 'w-2', 'w-3'],
    nodes: { 'w-2': { kubeletVersion: version('1.33.12') } },
  });
  expect(await useCases.approve({ ...asked, user: li })).toMatchObject({
    status: 'drifted',
    reason: expect.stringMatching(/: w-3 joined; w-2: kubelet v1\.33\.12 \(was v1\.33\.13\)\.$/),
  });
  expect(await store.load(asked.run)).toMatchObject({ status: 'voided', approvals: [{ by: amir }] });
});

test('a second plan cannot be approved while another run holds the cluster, nor a third be asked for', async () => {
  const { useCases, asked, world } = await proposed({ approvals: { needed: 1 } });
  const other = await useCases.propose({ user: li, channel, cluster, target: exact('1.34.8') });
  if (other.status !== 'proposed') throw new Error('not proposed');
  world.members = [amir, li];
  expect(await useCases.approve({ ...asked, user: amir })).toMatchObject({ missing: 0 });
  expect(
    await useCases.approve({ channel, run: other.run.id, digest: other.run.plan.digest, user: amir }),
  ).toMatchObject({ status: 'denied', reason: expect.stringContaining('Another run holds') });
  expect(await useCases.propose({ user: dana, channel, cluster, target: exact('1.34.9') })).toMatchObject({
    status: 'busy',
  });
});

test('an approval of somebody who has left the group since does not count with the last one', async () => {
  const { useCases, asked, world, store } = await proposed();
  await useCases.approve({ ...asked, user: amir });
  world.members = [li];
  expect(await useCases.approve({ ...asked, user: li })).toMatchObject({
    status: 'denied',
    reason: expect.stringContaining(amir),
  });
  expect(await store.load(asked.run)).toMatchObject({ status: 'proposed' });
});
