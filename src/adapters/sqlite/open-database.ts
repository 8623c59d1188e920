import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { damageOf } from './integrity.ts';
import { migrate } from './migrate.ts';
import { asStoreFailure, type Connection, StoreFailure } from './store-failure.ts';

/**
 * Opens (or makes) the database file and brings its schema up to date. WAL, so that readers never wait; synchronous
 * FULL, so that a commit that was reported is on the disk. Holds an exclusive lock on `<path>.owner` for as long as
 * the process lives: the operating system lets go of it at the very moment that the process dies, so a successor need
 * not wait for leases to expire, and two processes can never run on one store. A new file is for its owner alone: it
 * holds what commands printed on nodes.
 * @throws StoreFailure
 */
export function openDatabase(path: string): { db: Connection; close(): void } {
  makeDirectory(path);
  makePrivate(`${path}.owner`);
  const owner = takeOwnership(`${path}.owner`);
  try {
    makePrivate(path);
    const db = new Database(path);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('busy_timeout = 5000');
    const damage = damageOf(db);
    if (damage !== undefined) {
      throw new StoreFailure(
        'corrupt',
        `The database ${path} is damaged (${damage}): restore it from a copy, the runs in it cannot be trusted`,
      );
    }
    migrate(db);
    return {
      db,
      close() {
        db.close();
        owner.close();
      },
    };
  } catch (error) {
    owner.close();
    throw asStoreFailure(error, path);
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new StoreFailure(
      'other',
      `The directory of the database ${path} cannot be made (${code}): the user that the bot runs as must be able to write there`,
      error,
    );
  }
}

/** SQLite gives the mode of the database to the files that it makes beside it. What is wrong with a path it says itself. */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {}
}

function open(path: string, options: Database.Options): Connection {
  try {
    return new Database(path, options);
  } catch (error) {
    throw asStoreFailure(error, path);
  }
}

function takeOwnership(path: string): { close(): void } {
  const lock = open(path, { timeout: 0 });
  try {
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new StoreFailure('held', heldByAnother(path), error);
    }
    throw asStoreFailure(error, path);
  }
  return { close: () => lock.close() };
}

const heldByAnother = (path: string): string =>
  `Another process has this store open (${path} is locked). If the bot runs already, this one is not needed; two bots need a store.path each`;
