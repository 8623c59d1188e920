import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { migrate } from './migrate.ts';

export type Connection = Database.Database;

/** The store cannot be used: held by another process, too new, full, corrupt. The message says what to do. */
export class StoreFailure extends Error {
  readonly code: 'held' | 'too-new' | 'locked' | 'full' | 'corrupt' | 'other';

  constructor(code: StoreFailure['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'StoreFailure';
    this.code = code;
  }
}

/**
 * Opens (or makes) the database file and brings its schema up to date. WAL, so that readers never wait; synchronous
 * FULL, so that a commit that was reported is on the disk. Holds an exclusive lock on `<path>.owner` for as long as
 * the process lives: the operating system lets go of it at the very moment that the process dies, so a successor need
 * not wait for leases to expire, and two processes can never run on one store.
 * @throws StoreFailure
 */
export function openDatabase(path: string): { db: Connection; close(): void } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const owner = takeOwnership(`${path}.owner`);
  try {
    const db = new Database(path);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('busy_timeout = 5000');
    const intact = db.pragma('quick_check(1)', { simple: true });
    if (intact !== 'ok') {
      throw new StoreFailure(
        'corrupt',
        `The database ${path} is damaged (${String(intact)}): restore it from a copy, the runs in it cannot be trusted`,
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

function takeOwnership(path: string): { close(): void } {
  const lock = new Database(path, { timeout: 0 });
  try {
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new StoreFailure('held', `Another process has this store open (${path} is locked)`, error);
    }
    throw asStoreFailure(error, path);
  }
  return { close: () => lock.close() };
}

/** Names what is wrong with the database instead of what SQLite calls it. */
export function asStoreFailure(error: unknown, path: string): Error {
  if (!(error instanceof Database.SqliteError))
    return error instanceof Error ? error : new Error(String(error));
  const code = error.code;
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new StoreFailure('locked', `The database ${path} is locked by another program`, error);
  }
  if (code.startsWith('SQLITE_FULL') || code === 'SQLITE_IOERR_WRITE') {
    return new StoreFailure('full', `The disk of the database ${path} is full or cannot be written`, error);
  }
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
    return new StoreFailure('corrupt', `The database ${path} is damaged: restore it from a copy`, error);
  }
  return new StoreFailure('other', `The database ${path} failed: ${error.message}`, error);
}
