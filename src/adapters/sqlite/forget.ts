import type { Instant, RunId } from '../../domain/names.ts';
import type { Connection } from './store-failure.ts';

/** What a run's details lie in. Its row, its approvals and where it was told stay. */
const detailTables = ['outputs', 'acts', 'backups', 'events', 'steps', 'plans'] as const;

/**
 * Details of runs that are over, which are nearly all of a database: of a run of 200 nodes more than a megabyte, against
 * a row of some hundred bytes. What they took is used again by later runs; the file does not shrink.
 */
export function forgetStatements(db: Connection) {
  const oldest = db
    .prepare<[string, number], RunId>(
      `SELECT runs.id FROM runs JOIN tellings ON tellings.run = runs.id
       WHERE runs.ended_at < ? AND tellings.told_seq >= runs.revision
         AND EXISTS (SELECT 1 FROM plans WHERE plans.run = runs.id)
         AND runs.created_at < (
           SELECT newer.created_at FROM runs AS newer
           WHERE newer.cluster = runs.cluster AND newer.started_at IS NOT NULL
           ORDER BY newer.created_at DESC LIMIT 1 OFFSET ? - 1)
       ORDER BY runs.ended_at, runs.id LIMIT 1`,
    )
    .pluck();
  const removals = detailTables.map((table) =>
    db.prepare(
      table === 'outputs'
        ? 'DELETE FROM outputs WHERE (base, attempt) IN (SELECT base, attempt FROM acts WHERE run = ?)'
        : `DELETE FROM ${table} WHERE run = ?`,
    ),
  );
  const forget = db.transaction((before: Instant, keep: number): RunId | undefined => {
    const run = oldest.get(before, keep);
    if (run === undefined) return undefined;
    for (const removal of removals) removal.run(run);
    return run;
  });
  return { oldest: (before: Instant, keep: number): RunId | undefined => forget.immediate(before, keep) };
}
