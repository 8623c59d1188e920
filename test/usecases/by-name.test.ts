import { describe, expect, test } from 'vitest';
import { instant, NodeName, type UserId } from '../../src/domain/names.ts';
import { version } from '../../src/domain/version.ts';
import { office } from '../support/office.ts';
import { amir, channel, cluster, dana, li, runId } from '../support/sample-plan.ts';
import { drain, standing, stop } from '../support/standing.ts';

describe('by name', () => {
  const w01 = NodeName.parse('w-01');

  test('a node that stands still is skipped with a reason, and only with one', async () => {
    const { useCases, record } = await standing();
    const request = { user: dana, channel, run: runId };
    expect(await useCases.skip({ ...request, words: ['W-01'] })).toMatchObject({ status: 'not-now' });
    expect(await useCases.skip({ ...request, words: ['w-02', 'disk'] })).toMatchObject({ status: 'not-now' });
    expect(await useCases.skip({ ...request, words: ['w-01', 'Broken', 'disk'] })).toMatchObject({
      status: 'accepted',
    });
    expect((await record())?.answers).toMatchObject([
      { answer: { kind: 'skip-node' }, reason: 'Broken disk' },
    ]);
  });

  test('a failed step is retried, or skipped without naming it', async () => {
    const { useCases, store } = await standing();
    const request = { user: dana, channel, run: runId };
    expect(await useCases.retry(request)).toMatchObject({ status: 'not-now' });
    await stop(store);
    expect(await useCases.retry({ ...request, node: w01 })).toMatchObject({
      status: 'accepted',
      run: { status: 'running' },
    });
    expect((await store.load(runId))?.steps.get(drain)?.status).toBe('retrying');
  });

  test('extend leaves an open proposal open for longer, not for less', async () => {
    const { useCases, world } = office();
    const planned = await useCases.propose({
      user: dana,
      channel,
      cluster,
      target: { kind: 'exact', version: version('1.34.9') },
    });
    if (planned.status !== 'proposed') throw new Error(planned.status);
    const request = { user: dana, channel, run: planned.run.id };
    expect(await useCases.extend({ ...request, minutes: 30 })).toMatchObject({ status: 'not-now' });
    const extended = await useCases.extend({ ...request, minutes: 90 });
    expect(extended).toMatchObject({
      status: 'accepted',
      run: { expiresAt: instant(world.now + 90 * 60_000) },
    });
    world.now += 100 * 60_000;
    expect(await useCases.extend(request)).toMatchObject({ status: 'not-now' });
  });

  test('extend gives a drain that stands still more time, and an open proposal', async () => {
    const { useCases, record } = await standing();
    const request = { user: dana, channel, run: runId };
    expect(await useCases.extend({ ...request, minutes: 45 })).toMatchObject({ status: 'accepted' });
    expect((await record())?.answers).toMatchObject([{ answer: { kind: 'keep-waiting', seconds: 2_700 } }]);
    const other = NodeName.parse('w-02');
    expect(await useCases.extend({ ...request, node: other })).toMatchObject({ status: 'not-now' });
  });
});

describe('handing over', () => {
  const request = { user: dana, channel, run: runId };

  test('makes somebody else the owner, who must be a member', async () => {
    const { useCases, store, world } = await standing();
    world.users.set(li, {});
    world.users.set(amir, { isGuest: true });
    expect(await useCases.handOver({ ...request, to: amir })).toMatchObject({ status: 'denied' });
    expect(await useCases.handOver({ ...request, to: 'U0NOBODY' as UserId })).toMatchObject({
      status: 'denied',
    });
    expect(await useCases.handOver({ ...request, to: li })).toMatchObject({ status: 'accepted' });
    expect(await useCases.handOver({ ...request, to: li })).toMatchObject({ status: 'not-now' });
    expect((await store.load(runId))?.owner).toBe(li);
  });

  test('is not possible to somebody who may not operate the cluster', async () => {
    const { useCases, world } = await standing({ operators: { users: [dana] } });
    const outsider = 'U00000SAM1' as UserId;
    world.users.set(outsider, {});
    expect(await useCases.handOver({ ...request, to: outsider })).toMatchObject({ status: 'denied' });
  });
});

describe('looking at a cluster', () => {
  test('is done once at a time: who asks meanwhile is told who has asked', async () => {
    const { useCases, world } = office();
    const target = { kind: 'exact', version: version('1.34.9') } as const;
    const looking = Promise.withResolvers<void>();
    world.beforeLook = () => looking.promise;
    const first = useCases.propose({ user: dana, channel, cluster, target });
    const second = await useCases.propose({ user: li, channel, cluster, target });
    expect(second).toEqual({ status: 'being-looked-at', cluster, by: dana });
    looking.resolve();
    expect((await first).status).toBe('proposed');
    expect((await useCases.propose({ user: li, channel, cluster, target })).status).toBe('proposed');
  });
});
