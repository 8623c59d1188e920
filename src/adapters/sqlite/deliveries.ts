import { instant } from '../../domain/names.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Connection } from './store-failure.ts';

/** Slack redelivers within minutes; a week is far beyond that and keeps the table small. */
const keptMs = 7 * 24 * 3_600_000;

/** Remembers which deliveries were dealt with. */
export function deliveryStatements(db: Connection, clock: Clock) {
  const insert = db.prepare('INSERT INTO deliveries (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING');
  const prune = db.prepare('DELETE FROM deliveries WHERE at < ?');
  let pruneAfter = 0;
  return {
    firstTime: (key: string): boolean => {
      const now = clock.now();
      if (now >= pruneAfter) {
        prune.run(instant(now - keptMs));
        pruneAfter = now + 3_600_000;
      }
      return insert.run(key, instant(now)).changes === 1;
    },
  };
}
