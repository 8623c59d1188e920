import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { damageOf } from '../../../src/adapters/sqlite/integrity.ts';
import { realClock, storeApprovedRun } from '../../support/running.ts';
import { tempDatabase, tempStore } from '../../support/temp-store.ts';

/** A database in which the first page of a table is overwritten. */
async function damaged(table: string): Promise<string> {
  const path = tempDatabase();
  const store = tempStore(realClock, path);
  await storeApprovedRun(store);
  await store.close();
  const db = new Database(path);
  const page = Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table));
  const size = Number(db.pragma('page_size', { simple: true }));
  db.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
  closeSync(file);
  return path;
}

function damage(path: string, wholeUpTo?: number): string | undefined {
  const db = new Database(path);
  try {
    return damageOf(db, wholeUpTo);
  } finally {
    db.close();
  }
}

test.each(['runs', 'events'])('a file with damage in %s is refused', async (table) => {
  const path = await damaged(table);
  expect(damage(path)).toBeDefined();
  expect(() => tempStore(realClock, path)).toThrow(/damaged/);
});

test('of a large file all is checked but the details of runs', async () => {
  expect(damage(await damaged('runs'), 0)).toBeDefined();
  expect(damage(await damaged('leases'), 0)).toBeDefined();
  expect(damage(await damaged('events'), 0)).toBeUndefined();
});

test('a new database and what SQLite keeps beside it are for their owner alone', async () => {
  const path = tempDatabase();
  const store = tempStore(realClock, path);
  await storeApprovedRun(store);
  const modes = ['', '-wal', '-shm', '.owner'].map((suffix) => statSync(path + suffix).mode & 0o777);
  expect(modes).toEqual([0o600, 0o600, 0o600, 0o600]);
});
