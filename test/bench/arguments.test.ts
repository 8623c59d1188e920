import { expect, test } from 'vitest';
import { readArguments, usage } from '../../bench/arguments.ts';

const known = ['ack', 'plan'];

test('without names every bench is meant', () => {
  expect(readArguments([], known)).toEqual({ names: [], quick: false, help: false });
});

test('benches are taken in the order in which they are named', () => {
  expect(readArguments(['plan', 'ack', '--quick', '--json', '/tmp/x'], known)).toEqual({
    names: ['plan', 'ack'],
    quick: true,
    help: false,
    json: '/tmp/x',
  });
});

test('a bench that does not exist, and a flag that does not, are refused by name', () => {
  expect(() => readArguments(['plan', 'snapshoot'], known)).toThrow('There is no bench "snapshoot".');
  expect(() => readArguments(['--fast'], known)).toThrow('--fast');
});

test('the usage names every bench', () => {
  expect(usage(known)).toContain('ack, plan');
});
