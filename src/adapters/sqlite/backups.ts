import { z } from 'zod';
import { ClusterName, Instant, RunId, StepKey } from '../../domain/names.ts';
import type { BackupRecord } from '../../ports/run-store.ts';
import type { Connection } from './store-failure.ts';

const BackupRow = z
  .object({
    run: RunId,
    step: StepKey,
    cluster: ClusterName,
    kind: z.enum(['etcd-snapshot', 'node-files', 'config-maps']),
    path: z.string(),
    bytes: z.number().int(),
    sha256: z.string(),
    taken_at: Instant,
  })
  .transform(({ taken_at: takenAt, ...row }): BackupRecord => ({ ...row, takenAt }));

/** Backups that runs have taken. The same one recorded again replaces its record: a step may be tried twice. */
export function backupStatements(db: Connection) {
  const upsert = db.prepare(
    `INSERT OR REPLACE INTO backups (run, step, cluster, kind, path, bytes, sha256, taken_at)
     VALUES (@run, @step, @cluster, @kind, @path, @bytes, @sha256, @takenAt)`,
  );
  const ofRun = db.prepare('SELECT * FROM backups WHERE run = ? ORDER BY taken_at');
  const ofCluster = db.prepare('SELECT * FROM backups WHERE cluster = ? ORDER BY taken_at');
  return {
    add: (backup: BackupRecord): void => {
      upsert.run(backup);
    },
    list: (filter: { run?: RunId; cluster?: ClusterName }): BackupRecord[] => {
      const rows = filter.run ? ofRun.all(filter.run) : filter.cluster ? ofCluster.all(filter.cluster) : [];
      return rows.map((row) => BackupRow.parse(row));
    },
  };
}
