import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandLine, quote } from '../../../src/adapters/ssh/quote.ts';

const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0'));
const nasty = fc.constantFrom(
  "'",
  '"',
  '$(id)',
  '`id`',
  '\n',
  '\\',
  '*',
  '~',
  '#',
  '!',
  '=',
  'A=b',
  '-n',
  '',
);

test('a shell takes a quoted line apart into exactly the words that were meant', () => {
  // Many lines for one shell: starting one for each would take the time, not the quoting.
  const lines = fc.sample(fc.array(fc.oneof(word, nasty), { minLength: 1, maxLength: 6 }), {
    seed: 20_261_123,
    numRuns: 300,
  });
  const script = lines.map((words) => `printf '%s\\0' ${commandLine(words)}; printf 'end\\0'`).join('\n');
  const printed = execFileSync('sh', { input: script, encoding: 'utf8' });
  const expected = lines
    .map((words) => words.map((text) => `${text.toWellFormed()}\0`).join('') + 'end\0')
    .join('');
  expect(printed).toBe(expected);
});

test('plain words stay readable in the logs of sudo', () => {
  expect(commandLine(['kubeadm', 'upgrade', 'apply', 'v1.34.9', '--etcd-upgrade=true'])).toBe(
    'kubeadm upgrade apply v1.34.9 --etcd-upgrade=true',
  );
});

test('a first word that looks like an assignment is a program, not an assignment', () => {
  expect(quote('LD_PRELOAD=x')).toBe("'LD_PRELOAD=x'");
});

test('a NUL is refused, since no program can be given it', () => {
  expect(() => quote('a\0b')).toThrow(RangeError);
});
