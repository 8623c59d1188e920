import Database from 'better-sqlite3';

/** An open database. */
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
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY')) {
    const message = `The database ${path} cannot be opened or written: it must be a file, in a directory that the user whom the bot runs as may write`;
    return new StoreFailure('other', message, error);
  }
  return new StoreFailure('other', `The database ${path} failed: ${error.message}`, error);
}
