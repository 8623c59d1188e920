import type { ClusterName, RunId } from '../../domain/names.ts';
import type { StepKind } from '../../domain/step.ts';
import type { Connection } from './store-failure.ts';

/** Old runs say little about today's cluster, and both bound the work. */
const stepsLookedAt = 5_000;
const runsLookedAt = 50;

/** Median seconds by kind of step over the newest runs of a cluster, of steps that really had something to do. */
export function usualDurations(db: Connection, cluster: ClusterName): Partial<Record<StepKind, number>> {
  // Run by run: by cluster alone every step of every year would be read and sorted first.
  const runs = db
    .prepare<[string], { id: RunId }>(
      `SELECT id FROM runs WHERE cluster = ? AND started_at IS NOT NULL
       ORDER BY created_at DESC LIMIT ${runsLookedAt}`,
    )
    .all(cluster);
  const ofRun = db.prepare<[string, number], { kind: StepKind; seconds: number }>(
    `SELECT kind, (julianday(ended_at) - julianday(started_at)) * 86400 AS seconds FROM steps
     WHERE run = ? AND status = 'succeeded' AND already_done = 0 AND ended_at >= started_at
     ORDER BY ended_at DESC LIMIT ?`,
  );
  const rows: { kind: StepKind; seconds: number }[] = [];
  for (const { id } of runs) {
    if (rows.length >= stepsLookedAt) break;
    rows.push(...ofRun.all(id, stepsLookedAt - rows.length));
  }
  const byKind = Map.groupBy(rows, (row) => row.kind);
  return Object.fromEntries(
    [...byKind].map(([kind, samples]) => {
      const sorted = samples.map((sample) => sample.seconds).toSorted((a, b) => a - b);
      return [kind, sorted[Math.floor(sorted.length / 2)] ?? 0];
    }),
  );
}
