import { describe, expect, test } from 'vitest';
import { instant, type UserId } from '../../src/domain/names.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import type { Wish } from '../../src/usecases/use-cases.ts';
import { elsewhere } from '../support/office.ts';
import { amir, dana, li, runId, sampleStep } from '../support/sample-plan.ts';
import { ask, at, began, blockage, drain, failure, standing, standstill, stop } from '../support/standing.ts';

const deletion: Wish = { kind: 'delete-pod', pod: 'uid-db-1' };
const scaling: Wish = { kind: 'scale-up', pod: 'uid-db-1' };

describe('an answer that can hurt', () => {
  test('counts when another approver agrees, not before', async () => {
    const { useCases, record } = await standing();
    expect(await useCases.answer({ ...ask(), wish: deletion })).toMatchObject({ status: 'accepted' });
    expect((await record())?.answers).toMatchObject([
      { number: 1, answer: { kind: 'delete-pod', by: dana } },
    ]);
    expect(await useCases.agree({ ...ask(dana), number: 1 })).toMatchObject({ status: 'denied' });
    expect((await record())?.answers?.[0]?.second).toBeUndefined();
    expect(await useCases.agree({ ...ask(li), number: 1 })).toMatchObject({ status: 'accepted' });
    expect((await record())?.answers?.[0]?.second?.by).toBe(li);
  });

  test('of an approver wants a second one all the same', async () => {
    const { useCases } = await standing();
    await useCases.answer({ ...ask(amir), wish: scaling });
    expect(await useCases.agree({ ...ask(amir), number: 1 })).toMatchObject({ status: 'denied' });
    expect(await useCases.agree({ ...ask(li), number: 1 })).toMatchObject({ status: 'accepted' });
  });

  test('is not agreed to by somebody who may not approve, nor while Slack does not say who may', async () => {
    const { useCases, world, record } = await standing();
    await useCases.answer({ ...ask(), wish: deletion });
    const outsider = 'U00000SAM1' as UserId;
    expect(await useCases.agree({ ...ask(outsider), number: 1 })).toMatchObject({ status: 'denied' });
    world.slackIsDown = true;
    expect(await useCases.agree({ ...ask(li), number: 1 })).toMatchObject({ status: 'denied' });
    expect((await record())?.answers?.[0]?.second).toBeUndefined();
  });

  test('of somebody who may not operate the cluster any more does not count', async () => {
    const { useCases, world } = await standing({ operators: { users: ['U0000OTHER'] } });
    await useCases.answer({ ...ask(amir), wish: deletion });
    world.members = [li];
    expect(await useCases.agree({ ...ask(li), number: 1 })).toMatchObject({ status: 'denied' });
  });

  test('the same wish of another approver is the agreement; of the same person it is not', async () => {
    const { useCases, record } = await standing();
    await useCases.answer({ ...ask(amir), wish: deletion });
    expect(await useCases.answer({ ...ask(amir), wish: deletion })).toMatchObject({ status: 'not-now' });
    expect(await useCases.answer({ ...ask(li), wish: deletion })).toMatchObject({ status: 'accepted' });
    expect((await record())?.answers).toHaveLength(1);
    expect((await record())?.answers?.[0]?.second?.by).toBe(li);
  });

  test('can be taken back, and then nobody can agree to it', async () => {
    const { useCases, record } = await standing();
    await useCases.answer({ ...ask(), wish: deletion });
    expect(await useCases.withdraw({ ...ask(amir), number: 1 })).toMatchObject({ status: 'accepted' });
    expect(await useCases.agree({ ...ask(li), number: 1 })).toMatchObject({ status: 'not-now' });
    expect((await record())?.answers?.[0]?.withdrawn?.by).toBe(amir);
    expect(await useCases.answer({ ...ask(), wish: deletion })).toMatchObject({ status: 'accepted' });
    expect((await record())?.answers?.at(-1)?.number).toBe(2);
  });

  test('is about a pod that is in the way, and about no other', async () => {
    const { useCases, store } = await standing();
    const other: Wish = { kind: 'delete-pod', pod: 'uid-of-somebody-else' };
    expect(await useCases.answer({ ...ask(), wish: other })).toMatchObject({ status: 'not-now' });
    await useCases.answer({ ...ask(), wish: deletion });
    await appendEvents(store, runId, () => [
      {
        kind: 'step-blocked',
        at,
        step: drain,
        failure: failure().toFailure(),
        again: true,
        standstill: standstill(blockage('db-2')),
      },
    ]);
    expect(await useCases.agree({ ...ask(li), number: 1 })).toMatchObject({ status: 'not-now' });
  });

  test('after the drain has given up begins it anew, with the answer', async () => {
    const { useCases, store, record } = await standing();
    await stop(store);
    expect(await useCases.answer({ ...ask(), wish: scaling })).toMatchObject({ status: 'accepted' });
    expect((await store.load(runId))?.status).toBe('halted');
    expect(await useCases.agree({ ...ask(li), number: 1 })).toMatchObject({
      status: 'accepted',
      run: { status: 'running' },
    });
    const after = await record();
    expect(after?.status).toBe('retrying');
    expect(after?.wait).toBeUndefined();
    expect(after?.answers).toMatchObject([{ answer: { kind: 'scale-up' }, second: { by: li } }]);
  });
});

describe('other answers', () => {
  test('keep waiting, stop and skip count at once', async () => {
    const { useCases, record } = await standing();
    for (const wish of [
      { kind: 'keep-waiting' },
      { kind: 'stop' },
      { kind: 'skip-node', reason: 'why' },
    ] as const) {
      expect(await useCases.answer({ ...ask(), wish })).toMatchObject({ status: 'accepted' });
    }
    expect((await record())?.answers).toMatchObject([
      { number: 1, answer: { kind: 'keep-waiting', seconds: 1_800 } },
      { number: 2, answer: { kind: 'stop' } },
      { number: 3, answer: { kind: 'skip-node' }, reason: 'why' },
    ]);
  });

  test('to a wait that is over change nothing', async () => {
    const { useCases, store, record } = await standing();
    await appendEvents(store, runId, () => [{ kind: 'step-unblocked', at, step: drain }]);
    expect(await useCases.answer({ ...ask(), wish: deletion })).toMatchObject({ status: 'not-now' });
    const later = instant(began + 1_000);
    await appendEvents(store, runId, () => [
      {
        kind: 'step-blocked',
        at: later,
        step: drain,
        failure: failure().toFailure(),
        standstill: standstill(blockage('db-1')),
      },
    ]);
    expect(await useCases.answer({ ...ask(), wish: deletion })).toMatchObject({ status: 'not-now' });
    expect((await record())?.answers).toBeUndefined();
  });

  test('from a channel that the cluster is not tied to are denied', async () => {
    const { useCases } = await standing();
    const wish = { kind: 'stop' } as const;
    expect(await useCases.answer({ ...ask(), channel: elsewhere, wish })).toMatchObject({ status: 'denied' });
  });

  test('a control plane cannot be skipped while it stands still either', async () => {
    const { useCases, store } = await standing();
    const step = sampleStep('drain-node', 'cp-1').key;
    await appendEvents(store, runId, () => [
      { kind: 'step-started', at, step, attempt: 1 },
      {
        kind: 'step-blocked',
        at,
        step,
        failure: failure().toFailure(),
        standstill: standstill(blockage('dns')),
      },
    ]);
    const wish = { kind: 'skip-node', reason: 'why' } as const;
    expect(await useCases.answer({ ...ask(), step, wish })).toMatchObject({ status: 'not-now' });
  });
});

describe('the owner of a pod', () => {
  const called = { drain: { owners: { namespaces: { shop: '<!subteam^S0PAYONCALL>' } } } };

  test('is called once a wait', async () => {
    const { useCases, store, record } = await standing({}, called);
    const wanted = { ...ask(), pod: 'uid-db-1' };
    expect(await useCases.tellOwner(wanted)).toMatchObject({ status: 'accepted' });
    expect(await useCases.tellOwner(wanted)).toMatchObject({ status: 'not-now' });
    expect((await record())?.wait?.told).toMatchObject({ 'uid-db-1': { by: dana } });
    const events = await store.events(runId, 0);
    expect(events.flatMap(({ event }) => (event.kind === 'owner-told' ? [event.owner] : []))).toEqual([
      '<!subteam^S0PAYONCALL>',
    ]);
  });

  test('is not called where only a name is known, and a channel never', async () => {
    const { useCases, store } = await standing();
    const wanted = { ...ask(), pod: 'uid-db-1' };
    for (const text of ['team-payments', '<!channel>', '<!here>', 'x <@U0EVIL1>']) {
      const named = blockage('db-1', { owner: { text, source: 'an annotation of the pod' } });
      await appendEvents(store, runId, () => [
        {
          kind: 'step-blocked',
          at,
          step: drain,
          failure: failure().toFailure(),
          again: true,
          standstill: standstill(named),
        },
      ]);
      expect(await useCases.tellOwner(wanted)).toMatchObject({ status: 'not-now' });
    }
  });
});
