import Database from 'better-sqlite3';

/**
 * The peer: what the disk and SQLite take for one small row, durable, each in a transaction of its own (WAL, FULL).
 * @returns milliseconds of each commit
 */
export function bareCommits(path: string, count: number): number[] {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE rows (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
  const insert = db.prepare('INSERT INTO rows (body) VALUES (?)');
  const body = 'x'.repeat(200);
  const took = Array.from({ length: count }, () => {
    const began = performance.now();
    insert.run(body);
    return performance.now() - began;
  });
  db.close();
  return took;
}
