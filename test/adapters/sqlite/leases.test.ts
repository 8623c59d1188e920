import { expect, test } from 'vitest';
import { ClusterName } from '../../../src/domain/names.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { tempDatabase, tempStore } from '../../support/temp-store.ts';

const cluster = ClusterName.parse('prod-eu');
const ttlMs = 15_000;
const someday = Date.UTC(2026, 10, 23);

test('every lease has a higher fence than the one before: after a release, an expiry, and a takeover', async () => {
  const clock = new ManualClock(someday);
  const store = tempStore(clock);
  const fences: (number | undefined)[] = [];
  const take = async (owner: string) => {
    const lease = await store.acquireLease(cluster, owner, ttlMs);
    fences.push(lease?.fence);
    return lease;
  };
  const first = await take('first');
  if (first) await store.releaseLease(first);
  await take('first');
  await clock.advance(ttlMs);
  await take('first');
  await take('second');
  expect(fences).not.toContain(undefined);
  expect(fences).toEqual(fences.toSorted((a, b) => Number(a) - Number(b)));
  expect(new Set(fences).size).toBe(fences.length);
});

test('fences go on from where they were when the process is another one', async () => {
  const clock = new ManualClock(someday);
  const path = tempDatabase();
  const before = tempStore(clock, path);
  const first = await before.acquireLease(cluster, 'first', ttlMs);
  await before.close();
  const second = await tempStore(clock, path).acquireLease(cluster, 'second', ttlMs);
  expect(second?.fence).toBeGreaterThan(first?.fence ?? Number.POSITIVE_INFINITY);
});

test('a lease that this process holds is not given a second time before it expires', async () => {
  const clock = new ManualClock(someday);
  const store = tempStore(clock);
  const lease = await store.acquireLease(cluster, 'first', ttlMs);
  expect(await store.acquireLease(cluster, 'first', ttlMs)).toBeUndefined();
  await clock.advance(ttlMs - 1);
  expect(await store.acquireLease(cluster, 'first', ttlMs)).toBeUndefined();
  if (lease) expect(await store.renewLease(lease, ttlMs)).toBe(true);
  await clock.advance(ttlMs - 1);
  expect(await store.acquireLease(cluster, 'first', ttlMs)).toBeUndefined();
});

test('a lease that was taken over can neither be renewed nor released by whoever had it', async () => {
  const clock = new ManualClock(someday);
  const store = tempStore(clock);
  const stale = await store.acquireLease(cluster, 'first', ttlMs);
  const fresh = await store.acquireLease(cluster, 'second', ttlMs);
  if (!stale || !fresh) throw new Error('not given');
  expect(await store.renewLease(stale, ttlMs)).toBe(false);
  await store.releaseLease(stale);
  expect(await store.acquireLease(cluster, 'second', ttlMs)).toBeUndefined();
  expect(await store.renewLease(fresh, ttlMs)).toBe(true);
});
