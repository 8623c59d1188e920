import type { ClusterName } from '../../domain/names.ts';
import type { StepKind } from '../../domain/step.ts';
import type { Connection } from './store-failure.ts';

/** Old runs say little about today's cluster, and a window bounds the work. */
const stepsLookedAt = 5_000;

/** Median seconds by kind of step over the newest steps of a cluster that really had something to do. */
export function usualDurations(db: Connection, cluster: ClusterName): Partial<Record<StepKind, number>> {
  const rows = db
    .prepare<[string], { kind: StepKind; seconds: number }>(
      `SELECT steps.kind AS kind, (julianday(steps.ended_at) - julianday(steps.started_at)) * 86400 AS seconds
       FROM steps JOIN runs ON runs.id = steps.run
       WHERE runs.cluster = ? AND steps.status = 'succeeded' AND steps.already_done = 0
       ORDER BY steps.ended_at DESC LIMIT ${stepsLookedAt}`,
    )
    .all(cluster);
  const byKind = Map.groupBy(rows, (row) => row.kind);
  return Object.fromEntries(
    [...byKind].map(([kind, samples]) => {
      const sorted = samples.map((sample) => sample.seconds).toSorted((a, b) => a - b);
      return [kind, sorted[Math.floor(sorted.length / 2)] ?? 0];
    }),
  );
}
