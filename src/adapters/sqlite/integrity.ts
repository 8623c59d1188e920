import type { Connection } from './store-failure.ts';

/** Bytes up to which a file is checked as a whole at the start: a gigabyte takes a second of processor time. */
const checkedWhole = 512 * 1024 ** 2;

/**
 * What grows with the years. In a large file these are not read from end to end before anything can start: damage in them
 * shows when a run whose details lie there is loaded, and unfinished runs are loaded at once.
 */
const details: ReadonlySet<string> = new Set(['plans', 'steps', 'events', 'acts', 'outputs']);

/** What is wrong with a database file (SQLite's quick_check), or undefined. Throws SqliteError where it cannot be read. */
export function damageOf(db: Connection, wholeUpTo: number = checkedWhole): string | undefined {
  const bytes =
    Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
  const checks =
    bytes <= wholeUpTo ? ['quick_check(1)'] : smallTables(db).map((table) => `quick_check(${table})`);
  for (const check of checks) {
    const found = db.pragma(check, { simple: true });
    if (found !== 'ok') return String(found);
  }
  return undefined;
}

function smallTables(db: Connection): string[] {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  return tables.filter((table) => !details.has(table));
}
