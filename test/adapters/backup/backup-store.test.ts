import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBackupStore } from '../../../src/adapters/backup/backup-store.ts';
import { ClusterName, RunId } from '../../../src/domain/names.ts';
import { snapshotProblem } from '../../../src/node/etcd-snapshot.ts';

const prod = ClusterName.parse('prod-eu');
const runs = ['aaa222', 'bbb333', 'ccc444', 'ddd555'].map((id) => RunId.parse(id));
const [first, second, third, fourth] = runs as [RunId, RunId, RunId, RunId];

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backups-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

test('what is written can be read and inspected, by the owner alone', async () => {
  const store = createBackupStore({ directory, keep: 3 });
  const written = await store.writeText(prod, first, 'nodes/cp-1.txt', 'grüße\n');
  expect(written).toMatchObject({ path: join(directory, 'prod-eu/aaa222/nodes/cp-1.txt'), bytes: 8 });
  expect(await store.inspect(written.path)).toEqual({ bytes: 8, sha256: written.sha256 });
  expect(await store.readText(written.path)).toBe('grüße\n');
  expect((await stat(written.path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(directory, 'prod-eu/aaa222'))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(directory, 'prod-eu/aaa222/nodes'))).toEqual(['cp-1.txt']);
});

test('what is missing is undefined', async () => {
  const store = createBackupStore({ directory, keep: 3 });
  expect(await store.inspect(join(directory, 'nothing'))).toBeUndefined();
  expect(await store.readText(join(directory, 'nothing'))).toBeUndefined();
  await expect(store.prune(prod, first)).resolves.toBeUndefined();
});

test.each(['../x', '/etc/passwd', 'a//b', '.hidden', 'nodes/..', ''])(
  '%j is no name for a backup',
  async (name) => {
    const store = createBackupStore({ directory, keep: 3 });
    await expect(store.pathFor(prod, first, name)).rejects.toThrow(RangeError);
  },
);

test('what is there and cannot be read is a failure, never taken for missing', async () => {
  const backups = createBackupStore({ directory, keep: 2 });
  await expect(backups.readText(directory)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(backups.readBytes(directory)).rejects.toMatchObject({ code: 'EISDIR' });
});

test('a cluster may keep its backups in a place of its own, and as many as it likes', async () => {
  const own = join(directory, 'elsewhere');
  const store = createBackupStore((cluster) =>
    cluster === prod ? { directory: own, keep: 1 } : { directory, keep: 3 },
  );
  for (const id of [first, second]) {
    await store.writeText(prod, id, 'etcd.db', id);
    await store.writeText(ClusterName.parse('staging'), id, 'etcd.db', id);
  }
  await store.prune(prod, second);
  await store.prune(ClusterName.parse('staging'), second);
  expect(await readdir(join(own, 'prod-eu'))).toEqual([second]);
  expect((await readdir(join(directory, 'staging'))).toSorted()).toEqual([first, second]);
});

test('the oldest runs go, never the present one, never those of another cluster', async () => {
  const store = createBackupStore({ directory, keep: 2 });
  for (const [age, id] of runs.entries()) {
    await store.writeText(prod, id, 'etcd.db', id);
    await utimes(join(directory, 'prod-eu', id), age, age);
  }
  await store.writeText(ClusterName.parse('staging'), first, 'etcd.db', 'x');
  await store.prune(prod, first);
  expect((await readdir(join(directory, 'prod-eu'))).toSorted()).toEqual([first, fourth].toSorted());
  expect(await readdir(join(directory, 'staging'))).toEqual([first]);
  expect([second, third]).toHaveLength(2);
});

test('what a rollback is about to put back stays, however many newer backups there are', async () => {
  const store = createBackupStore({ directory, keep: 1 });
  for (const [age, id] of runs.entries()) {
    await store.writeText(prod, id, 'etcd.db', id);
    await utimes(join(directory, 'prod-eu', id), age, age);
  }
  await store.prune(prod, fourth, [second]);
  expect((await readdir(join(directory, 'prod-eu'))).toSorted()).toEqual([second, fourth].toSorted());
});

test('a disk that takes nothing is a failure of the backup, not of the program', async () => {
  await writeFile(join(directory, 'prod-eu'), 'a file where the directory should be');
  const store = createBackupStore({ directory, keep: 2 });
  await expect(store.writeText(prod, first, 'x', 'y')).rejects.toMatchObject({ code: 'backup.failed' });
});

test.each([
  ['cut', (whole: Buffer) => whole.subarray(0, -1), 'size'],
  ['empty', () => Buffer.alloc(0), 'size'],
  ['changed', (whole: Buffer) => Buffer.concat([Buffer.from([1]), whole.subarray(1)]), 'checksum'],
])('a snapshot that is %s is told', async (_, damage, word) => {
  const { createHash } = await import('node:crypto');
  const body = Buffer.alloc(1_024);
  const whole = Buffer.concat([body, createHash('sha256').update(body).digest()]);
  const path = join(directory, 's.db');
  await writeFile(path, whole);
  expect(await snapshotProblem(path)).toBeUndefined();
  await writeFile(path, damage(whole));
  expect(await snapshotProblem(path)).toContain(word);
});
