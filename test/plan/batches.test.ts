import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NodeName } from '../../src/domain/names.ts';
import type { NodeSnapshot } from '../../src/domain/snapshot.ts';
import { version } from '../../src/domain/version.ts';
import { batchSize, inBatches, inOrder, type ZoneMode, zoneMode } from '../../src/plan/phases/batches.ts';
import { nodeOf } from '../support/snapshots.ts';

const seed = 20_261_123;
const worker = (name: string, zone?: string): NodeSnapshot =>
  nodeOf(name, 'worker', version('v1.33.13'), [], zone === undefined ? {} : { zone });

/** Workers in zones, named by number; some say no zone. */
const anyWorkers = fc
  .array(fc.constantFrom('a', 'b', 'c', undefined), { maxLength: 24 })
  .map((zones) => zones.map((zone, index) => worker(`w-${index + 1}`, zone)));
const anyMode = fc.constantFrom<ZoneMode>('one-at-a-time', 'spread', 'ignore');
const names = (nodes: readonly NodeSnapshot[]) => nodes.map(({ name }) => name);

test.each([
  [3, 100, 3],
  ['10%', 25, 2],
  ['10%', 29, 2],
  ['10%', 30, 3],
  ['10%', 5, 1],
  ['1%', 0, 1],
  ['100%', 7, 7],
])(
  'a batch of %s of %i workers has %i: a share is never exceeded, and never nothing',
  (size, workers, has) => {
    expect(batchSize(size, workers)).toBe(has);
  },
);

describe('whether batches keep to zones', () => {
  const [a, b, none] = [worker('w-1', 'a'), worker('w-2', 'b'), worker('w-3')];

  test.each([
    ['several zones, which all of them say', [a, b], 'one-at-a-time'],
    ['one zone', [a, worker('w-4', 'a')], 'ignore'],
    ['one that says none', [a, b, none], 'ignore'],
    ['nobody that says one', [none], 'ignore'],
    ['no workers', [], 'ignore'],
  ] as const)('%s', (_, workers, mode) => {
    expect(zoneMode(undefined, workers)).toBe(mode);
    expect(zoneMode('spread', workers)).toBe('spread');
  });
});

test('of any workers: batches have all of them in their order, none is too large, none keeps out who fits', () => {
  fc.assert(
    fc.property(anyWorkers, fc.integer({ min: 1, max: 6 }), anyMode, (workers, size, mode) => {
      const batches = inBatches(workers, size, mode);
      expect(names(batches.flat())).toEqual(names(workers));
      for (const [index, batch] of batches.entries()) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(size);
        const zones = new Set(batch.map(({ zone }) => zone));
        if (mode === 'one-at-a-time') expect(zones.size).toBe(1);
        const next = batches[index + 1]?.[0];
        if (next && (mode !== 'one-at-a-time' || zones.has(next.zone))) expect(batch).toHaveLength(size);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('of any workers: the order has each once, first and last ones by hand, and zones as they were asked for', () => {
  fc.assert(
    fc.property(anyWorkers, anyMode, fc.nat(3), fc.nat(3), (workers, mode, from, to) => {
      const of = (numbers: readonly number[]) => numbers.map((number) => NodeName.parse(`w-${number}`));
      // One of each list that is not there: excluded, or of another pool.
      const first = of([99, 3, 1].slice(0, from));
      const last = of([2, 98, 4].slice(0, to));
      const ordered = inOrder(workers, { first, last }, mode);
      expect(names(ordered).toSorted()).toEqual(names(workers).toSorted());
      const there = (wanted: readonly string[]) =>
        wanted.filter((name) => names(workers).some((one) => one === name));
      const [begin, end] = [there(first), there(last)];
      expect(names(ordered).slice(0, begin.length)).toEqual(begin);
      expect(names(ordered).slice(ordered.length - end.length)).toEqual(end);

      const others = ordered.slice(begin.length, ordered.length - end.length);
      const zones = others.map(({ zone }) => zone ?? '');
      const numbers = (of: readonly NodeSnapshot[]) => of.map(({ name }) => Number(name.slice(2)));
      const ascending = (of: readonly number[]) => of.toSorted((a, b) => a - b);
      if (mode === 'ignore') expect(numbers(others)).toEqual(ascending(numbers(others)));
      for (const zone of new Set(zones)) {
        const own = numbers(others.filter((node) => (node.zone ?? '') === zone));
        expect(own).toEqual(ascending(own));
      }
      if (mode === 'one-at-a-time') expect(zones).toEqual(zones.toSorted());
      if (mode === 'spread') {
        // Before any zone has its next turn, each that has nodes left has had as many.
        for (const [index, zone] of zones.entries()) {
          const had = zones.slice(0, index).filter((one) => one === zone).length;
          for (const other of new Set(zones.slice(index)))
            expect(zones.slice(0, index).filter((one) => one === other).length).toBeGreaterThanOrEqual(had);
        }
      }
    }),
    { seed, numRuns: 300 },
  );
});
