import Database from 'better-sqlite3';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { openRunStore } from '../../src/adapters/sqlite/run-store.ts';
import { type ClusterName, instant, type RunId, runIdFrom } from '../../src/domain/names.ts';
import { type Plan, stepsOf } from '../../src/domain/plan.ts';
import { commit, storeRunMidway } from '../executor/history.ts';

const dayMs = 24 * 3_600_000;
const everyHoursMs = 6 * 3_600_000;

export interface History {
  /** Clusters whose runs are over. */
  readonly clusters: readonly ClusterName[];
  /** Runs that are over; every tenth is a rollback. */
  readonly runs: number;
  /** Clusters with a run under way each, half through. */
  readonly busy: readonly ClusterName[];
}

/**
 * Fills a new database file with months of runs: an upgrade, a rollback and a run under way are stored as in life, step by
 * step, and copied by SQL from then on. The newest ended a day ago.
 */
export async function storeHistory(
  path: string,
  plan: Plan,
  { clusters, runs, busy }: History,
): Promise<void> {
  const steps = stepsOf(plan).length;
  const store = openRunStore(path, systemClock);
  const [upgrade, back, open] = [runIdOf(0), runIdOf(1), runIdOf(2)];
  for (const [id, wanted] of [
    [upgrade, plan],
    [back, rollbackOf(plan, upgrade)],
  ] as const) {
    const run = await storeRunMidway(store, wanted, steps, id);
    await commit(store, run, [{ kind: 'run-succeeded', at: instant(Date.now()) }]);
  }
  await storeRunMidway(store, plan, Math.floor(steps / 2), open);
  await store.close();

  const db = new Database(path);
  // What a power cut could cost here is a second run of the bench.
  db.pragma('synchronous = OFF');
  const copy = copier(db);
  const now = Date.now();
  for (let number = 0; number < runs; number += 1) {
    copy(number % 10 === 9 ? back : upgrade, runIdOf(10 + number), {
      cluster: clusters[number % clusters.length] as ClusterName,
      at: now - dayMs - (runs - number) * everyHoursMs,
    });
  }
  busy.forEach((cluster, number) => {
    copy(open, runIdOf(10 + runs + number), { cluster, at: now });
  });
  copy.remove(upgrade, back, open);
  // All of them were told to their end, their plans and outputs are in their threads.
  db.exec(
    `UPDATE tellings SET parent_ts = '1.1', plan_file = 'done', output_files = '{"log":"done"}',
       told_seq = (SELECT revision FROM runs WHERE id = tellings.run)`,
  );
  db.close();
}

/** Copies runs with all that belongs to them, whatever tables and columns there are. */
function copier(db: Database.Database) {
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
    .pluck()
    .all();
  const tables = (names as string[]).flatMap((table) => {
    const columns = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
    const key = table === 'runs' ? 'id' : 'run';
    return columns.includes(key) ? [{ table, key, columns }] : [];
  });
  const replaced: Readonly<Record<string, string>> = {
    cluster: '@cluster',
    created_at: '@at',
    ended_at: '@at',
  };
  const copies = tables.map(({ table, key, columns }) => {
    const values = columns.map((column) =>
      column === key ? '@to' : table === 'runs' || column === 'cluster' ? valueOf(column) : column,
    );
    return db.prepare(
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${table} WHERE ${key} = @from`,
    );
  });
  function valueOf(column: string): string {
    const value = replaced[column];
    return value === undefined ? column : `CASE WHEN ${column} IS NULL THEN NULL ELSE ${value} END`;
  }
  const copy = db.transaction(
    (from: RunId, to: RunId, { cluster, at }: { cluster: ClusterName; at: number }) => {
      for (const statement of copies) statement.run({ from, to, cluster, at: instant(at) });
    },
  );
  const remove = (...runs: RunId[]): void => {
    for (const { table, key } of tables.toReversed()) {
      for (const run of runs) db.prepare(`DELETE FROM ${table} WHERE ${key} = ?`).run(run);
    }
  };
  return Object.assign(copy, { remove });
}

/** The id of the run with a number. */
export function runIdOf(number: number): RunId {
  const letters = 31;
  return runIdFrom(
    Uint8Array.from({ length: 6 }, (_, place) => Math.floor(number / letters ** (5 - place)) % letters),
  );
}

function rollbackOf(plan: Plan, of: RunId): Plan {
  const verdict = { kind: 'free' as const, reasons: ['Nothing has moved.'], checks: [] };
  return { ...plan, purpose: { kind: 'rollback', of, scope: { kind: 'all' }, verdict } };
}
