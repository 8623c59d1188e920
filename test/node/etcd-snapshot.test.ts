import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { snapshotProblem } from '../../src/node/etcd-snapshot.ts';

const directory = mkdtempSync(join(tmpdir(), 'etcd-snapshot-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A file of a database of so many bytes with the checksum that etcd appends. */
function snapshot(bytes: number, change: (whole: Buffer) => Buffer = (whole) => whole): string {
  const database = Buffer.alloc(bytes, 7);
  const path = join(directory, 'etcd.db');
  writeFileSync(path, change(Buffer.concat([database, createHash('sha256').update(database).digest()])));
  return path;
}

test('a database of whole pages with its checksum is a snapshot', async () => {
  expect(await snapshotProblem(snapshot(512))).toBeUndefined();
  expect(await snapshotProblem(snapshot(512 * 40))).toBeUndefined();
});

test('one of a size that etcd never writes is none, whatever its checksum says', async () => {
  for (const bytes of [0, 100, 511, 513, 1_000])
    expect(await snapshotProblem(snapshot(bytes)), String(bytes)).toMatch(/size/);
});

test('one that was cut, lengthened or changed in one bit is none', async () => {
  expect(await snapshotProblem(snapshot(1_024, (whole) => whole.subarray(0, -1)))).toMatch(/size/);
  expect(await snapshotProblem(snapshot(1_024, (whole) => whole.subarray(0, -512)))).toMatch(/checksum/);
  const flipped = (whole: Buffer) => {
    whole.writeUInt8(whole.readUInt8(100) ^ 1, 100);
    return whole;
  };
  expect(await snapshotProblem(snapshot(1_024, flipped))).toMatch(/checksum/);
});
