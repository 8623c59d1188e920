import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { recording } from '../support/recordings.ts';
import { readers } from './recorded/readers.ts';
import { unread } from './recorded/unread.ts';

const directory = join(import.meta.dirname, '../recordings');
const names = globSync(`${directory}/**/*.txt`)
  .map((file) => relative(directory, file).replace(/\.txt$/, ''))
  .toSorted();

const readerOf = (name: string) => readers.find(({ of }) => of.test(name));
const reasonOf = (name: string) => unread.find(({ of }) => of.test(name));

test('every recording is read by a parser, or says why nobody reads it', () => {
  expect(names.length).toBeGreaterThan(100);
  const sorted = names.map((name) => [name, readerOf(name) !== undefined, reasonOf(name) !== undefined]);
  expect(sorted.filter(([, read, reasoned]) => read === reasoned)).toEqual([]);
});

test('each entry of the tables is of a recording that is there', () => {
  const idle = [...readers, ...unread].filter(({ of }) => !names.some((name) => of.test(name)));
  expect(idle).toEqual([]);
});

test('what the parsers make of them', async () => {
  const made = names.map(async (name) => {
    const reader = readerOf(name);
    const value: unknown = await reader?.read(recording(name));
    return reader ? [[name, { by: reader.by, value: value ?? null }]] : [];
  });
  const golden = Object.fromEntries((await Promise.all(made)).flat());
  await expect(`${JSON.stringify(golden, null, 1)}\n`).toMatchFileSnapshot('golden/recordings.json');
});
