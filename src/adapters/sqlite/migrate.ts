import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Connection, StoreFailure } from './store-failure.ts';

const directory = fileURLToPath(new URL('../../../migrations/', import.meta.url));
const fileName = /^(\d{4})-[a-z0-9-]+\.sql$/;

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** The program's migrations in order. Numbers run from 1 without a gap; files are never edited once released. */
export function readMigrations(from: string = directory): Migration[] {
  const migrations = readdirSync(from)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => {
      const number = Number(fileName.exec(name)?.[1]);
      return { number, name, sql: readFileSync(`${from}/${name}`, 'utf8') };
    });
  migrations.forEach((migration, index) => {
    if (migration.number !== index + 1) throw new Error(`Migration ${migration.name} is out of order`);
  });
  return migrations;
}

/**
 * Brings the schema forward, each migration in a transaction of its own. The number of the last one lies in SQLite's
 * user_version. A schema newer than the program is refused: an older program would not know what it does not see.
 * @throws StoreFailure too-new
 */
export function migrate(db: Connection, migrations: readonly Migration[] = readMigrations()): void {
  const present = Number(db.pragma('user_version', { simple: true }));
  if (present > migrations.length) {
    throw new StoreFailure(
      'too-new',
      `The database has schema ${present}, this program knows ${migrations.length}: start the newer program again`,
    );
  }
  for (const migration of migrations.slice(present)) {
    db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.number}`);
    }).exclusive();
  }
}
