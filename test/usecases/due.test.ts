import { expect, test } from 'vitest';
import type { RunStore } from '../../src/ports/run-store.ts';
import { createDue } from '../../src/usecases/due.ts';
import { eventually } from '../support/eventually.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { office } from '../support/office.ts';
import { channel, cluster, dana } from '../support/sample-plan.ts';
import { silentLog } from '../support/silent-log.ts';

const history = { keepDays: 1_095, keepRuns: 20 };

/** An office with a proposal in it, and a clock that is moved by hand. */
async function withProposal() {
  const made = office({ approvals: { expireAfterMinutes: 60 } });
  const outcome = await made.useCases.propose({ user: dana, channel, cluster, target: { kind: 'next' } });
  if (outcome.status !== 'proposed') throw new Error(`not proposed: ${JSON.stringify(outcome)}`);
  const clock = new ManualClock(Date.parse(outcome.run.createdAt));
  const status = async () => (await made.store.load(outcome.run.id))?.status;
  return { deps: { ...made.deps, clock }, clock, status, store: made.store };
}

test('a proposal that nobody approved expires by itself, not before its time', async () => {
  const { deps, clock, status } = await withProposal();
  const due = createDue(deps, history);
  due.start();
  await clock.advance(59 * 60_000);
  expect(await status()).toBe('proposed');
  await clock.advance(60_000 + 5_000);
  await eventually(async () => (await status()) === 'expired');
  await due.stop(1_000);
});

test('a round that fails is logged, and the next one makes it good', async () => {
  const { deps, clock, status, store } = await withProposal();
  let failures = 3;
  const failing: Pick<RunStore, 'heads'> = {
    async heads(filter) {
      failures -= 1;
      if (failures >= 0) throw new Error('the disk does not answer');
      return store.heads(filter);
    },
  };
  const logged: string[] = [];
  const log = { ...silentLog, error: (_: unknown, message: string) => void logged.push(message) };
  const due = createDue({ ...deps, log, store: { ...store, ...failing } }, history);
  await clock.advance(61 * 60_000);
  due.start();
  await clock.advance(10_000);
  await eventually(async () => (await status()) === 'expired');
  await due.stop(1_000);
  expect(logged).toHaveLength(3);
});

test('a stop waits for what is in hand, but not for a look at a cluster', async () => {
  const { deps, clock, store } = await withProposal();
  const drills = Promise.withResolvers<never>();
  const others = Promise.withResolvers<void>();
  const slow: Pick<RunStore, 'heads'> = {
    async heads(filter) {
      if (filter.statuses?.join() === 'succeeded') return drills.promise;
      await others.promise;
      return store.heads(filter);
    },
  };
  const due = createDue({ ...deps, store: { ...store, ...slow } }, history);
  due.start();
  await clock.settle();
  let stopped = false;
  const stop = due.stop(1_000).then(() => (stopped = true));
  await clock.advance(900);
  others.resolve();
  await clock.settle();
  expect(stopped).toBe(false);
  await clock.advance(5_000);
  await stop;
});
