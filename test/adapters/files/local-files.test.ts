import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { localFiles } from '../../../src/adapters/files/local-files.ts';

async function fileWith(content: string | Uint8Array): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'local-files-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'manifest.yaml');
  await writeFile(path, content);
  return path;
}

test('a text file is read as it is', async () => {
  expect(await localFiles.readText(await fileWith('kind: Größe\n'))).toBe('kind: Größe\n');
});

test.each([
  ['is not there', async () => `${await fileWith('')}.gone`],
  ['is a directory', async () => tmpdir()],
  ['is no text', () => fileWith(new Uint8Array([0xff, 0xfe, 0x00]))],
  [
    'is far too large',
    async () => {
      const path = await fileWith('');
      await truncate(path, 17 * 1024 * 1024);
      return path;
    },
  ],
])('what %s is nothing', async (_what, make) => {
  expect(await localFiles.readText(await make())).toBeUndefined();
});
