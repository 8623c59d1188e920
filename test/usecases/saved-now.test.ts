import { expect, test } from 'vitest';
import { instant, type RunId } from '../../src/domain/names.ts';
import { stepsOf } from '../../src/domain/plan.ts';
import type { Run } from '../../src/domain/run.ts';
import { version } from '../../src/domain/version.ts';
import { appendEvents } from '../../src/run/record/journal.ts';
import { savedNow } from '../../src/usecases/rollback/saved-now.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { office } from '../support/office.ts';
import { amir, channel, cluster, dana } from '../support/sample-plan.ts';

/** An office with an upgrade that has begun so many of its steps. */
async function upgradeOf(steps: number) {
  const made = office();
  return { ...made, run: await begun(made, steps) };
}

async function begun(made: ReturnType<typeof office>, steps: number): Promise<Run> {
  const target = { kind: 'exact', version: version('1.34.9') } as const;
  const proposed = await made.useCases.propose({ user: dana, channel, cluster, target });
  if (proposed.status !== 'proposed') throw new Error(proposed.status);
  const { id, plan } = proposed.run;
  await made.useCases.approve({ channel, user: amir, run: id, digest: plan.digest });
  const at = instant(made.world.now);
  const { run } = await appendEvents(made.store, id, () => [
    { kind: 'run-started', at },
    ...stepsOf(plan)
      .slice(0, steps)
      .map(({ key }) => ({ kind: 'step-started' as const, at, step: key, attempt: 1 })),
  ]);
  return run;
}

const file = (name: string, state: 'intact' | 'missing' | 'changed') => ({
  run: 'aaa222' as never,
  step: 'x/y' as never,
  kind: 'node-files' as const,
  path: `/backups/prod-eu/aaa222/${name}`,
  sha256: 'a'.repeat(64),
  takenAt: instant(0),
  state,
});

test('files of an upgrade are told as they lie there now, with those that cannot be used', async () => {
  const { deps, run } = await upgradeOf(20);
  const observeBackups = async () => [file('etcd.db', 'intact'), file('nodes/w-1.tar.gz', 'missing')];
  expect(await savedNow({ ...deps, observeBackups })(run)).toEqual({
    status: 'looked',
    files: 2,
    bad: [{ path: '/backups/prod-eu/aaa222/nodes/w-1.tar.gz', state: 'missing' }],
  });
});

test('of an upgrade that has changed nothing yet nothing is read', async () => {
  const { deps, run } = await upgradeOf(0);
  const observeBackups = () => Promise.reject(new Error('read'));
  expect(await savedNow({ ...deps, observeBackups })(run)).toBeUndefined();
});

test('a file that takes too long to read is not waited for', async () => {
  const { deps, run } = await upgradeOf(20);
  const clock = new ManualClock();
  const never = savedNow({ ...deps, clock, observeBackups: () => new Promise(() => undefined) })(run);
  await clock.advance(10_000);
  expect(await never).toEqual({ status: 'too-slow' });
});

test('an upgrade that another one went on from says so, until that one is taken back as a whole', async () => {
  const first = await upgradeOf(20);
  const { useCases, store, world, run } = first;
  const end = async (id: RunId, kind: 'run-succeeded' | 'run-aborted') => {
    const at = instant(world.now);
    await appendEvents(store, id, () =>
      kind === 'run-aborted'
        ? [
            { kind: 'abort-requested', at, by: dana },
            { kind, at },
          ]
        : [{ kind, at }],
    );
  };
  await end(run.id, 'run-aborted');
  world.now += 60_000;
  const second = await begun(first, 20);
  expect(await useCases.savedNow(run)).toEqual({ status: 'gone-on', later: second.id });
  expect(await useCases.savedNow(second)).toMatchObject({ status: 'looked' });
});
