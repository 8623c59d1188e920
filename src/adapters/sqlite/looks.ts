import { z } from 'zod';
import { ChannelId, Instant, UserId } from '../../domain/names.ts';
import type { OpenLook } from '../../ports/look-store.ts';
import type { Connection } from './store-failure.ts';

const LookRow = z
  .object({
    id: z.string(),
    what: z.string(),
    channel: ChannelId,
    user: UserId,
    again: z.string(),
    since: Instant,
    ts: z.string().nullable(),
  })
  .transform(({ ts, ...row }): OpenLook => ({ ...row, ...(ts === null ? {} : { ts }) }));

/** ports/look-store.ts in SQLite. */
export function lookStatements(db: Connection) {
  const insert = db.prepare(
    `INSERT INTO looks (id, what, channel, user, again, since, ts)
     VALUES (@id, @what, @channel, @user, @again, @since, @ts) ON CONFLICT DO NOTHING`,
  );
  const shown = db.prepare('UPDATE looks SET ts = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM looks WHERE id = ?');
  const select = db.prepare('SELECT * FROM looks ORDER BY since, id');
  return {
    begin: (look: OpenLook): void => void insert.run({ ...look, ts: look.ts ?? null }),
    shownAt: (id: string, ts: string): void => void shown.run(ts, id),
    end: (id: string): void => void remove.run(id),
    open: (): OpenLook[] => select.all().map((row) => LookRow.parse(row)),
  };
}
