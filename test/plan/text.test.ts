import { expect, test } from 'vitest';
import { bytes, compareNames, listOf } from '../../src/plan/text.ts';

test('a list names a few, and says how many it does not name', () => {
  expect(listOf([])).toBe('none');
  expect(listOf(['a'])).toBe('a');
  expect(listOf(['a', 'b', 'c'])).toBe('a, b and c');
  expect(listOf(['a', 'b', 'c', 'd', 'e'], 3)).toBe('a, b, c and 2 more');
  expect(listOf(['a', 'b', 'c', 'd'], 3), '“1 more” is no shorter than its name').toBe('a, b, c and d');
});

test('names are ordered as people count, and never tie unless they are the same', () => {
  expect(['w-10', 'w-2', 'w-1', 'a'].sort(compareNames)).toEqual(['a', 'w-1', 'w-2', 'w-10']);
  expect(compareNames('w-01', 'w-1')).not.toBe(0);
  expect(compareNames('w-1', 'w-1')).toBe(0);
});

test('bytes are told in the unit that fits', () => {
  expect([0, 1_023, 1_024, 1_610_612_736].map(bytes)).toEqual(['0 B', '1023 B', '1 KiB', '1.5 GiB']);
});
