import { z } from 'zod';
import { Incident } from '../../domain/course.ts';
import type { ChannelId, ClusterName } from '../../domain/names.ts';
import type { Connection } from './store-failure.ts';

const IncidentRow = z
  .object({ channel: z.string(), by_user: z.string(), at: z.string(), name: z.string() })
  .transform((row) => Incident.parse({ channel: row.channel, by: row.by_user, at: row.at, name: row.name }));

/** Incidents that are open, by cluster and channel. */
export function incidentStatements(db: Connection) {
  const insert = db.prepare(
    `INSERT INTO incidents (cluster, channel, by_user, at, name) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (cluster, channel) DO NOTHING`,
  );
  const remove = db.prepare('DELETE FROM incidents WHERE cluster = ? AND channel = ?');
  const select = db.prepare('SELECT channel, by_user, at, name FROM incidents WHERE cluster = ? ORDER BY at');
  return {
    declare: (cluster: ClusterName, { channel, by, at, name }: Incident): void => {
      insert.run(cluster, channel, by, at, name);
    },
    end: (cluster: ClusterName, channel: ChannelId): void => {
      remove.run(cluster, channel);
    },
    open: (cluster: ClusterName): Incident[] => select.all(cluster).map((row) => IncidentRow.parse(row)),
  };
}
