import { type ClusterName, Instant, instant } from '../../domain/names.ts';
import type { Lease } from '../../ports/run-store.ts';
import type { Connection } from './store-failure.ts';

interface LeaseRow {
  owner: string | null;
  fence: number;
  expires_at: string;
}

/**
 * Leases of clusters. The process that opened the store is its only one (see open-database), so a lease of another
 * owner is one of a process that has died: it is taken over at once, with a higher fence, before it expires.
 */
export function leaseStatements(db: Connection, now: () => Instant) {
  const select = db.prepare<[string], LeaseRow>(
    'SELECT owner, fence, expires_at FROM leases WHERE cluster = ?',
  );
  const upsert = db.prepare(
    `INSERT INTO leases (cluster, owner, fence, expires_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (cluster) DO UPDATE SET owner = excluded.owner, fence = excluded.fence, expires_at = excluded.expires_at`,
  );
  const extend = db.prepare('UPDATE leases SET expires_at = ? WHERE cluster = ? AND owner = ? AND fence = ?');
  const clear = db.prepare('UPDATE leases SET owner = NULL WHERE cluster = ? AND owner = ? AND fence = ?');
  const until = (ttlMs: number): Instant => instant(Date.parse(now()) + ttlMs);

  const acquire = db.transaction((cluster: ClusterName, owner: string, ttlMs: number): Lease | undefined => {
    const row = select.get(cluster);
    const isHeld = row?.owner === owner && row.expires_at > now();
    if (isHeld) return undefined;
    const lease = { cluster, owner, fence: (row?.fence ?? 0) + 1, expiresAt: until(ttlMs) };
    upsert.run(cluster, owner, lease.fence, lease.expiresAt);
    return lease;
  });

  return {
    acquire: (cluster: ClusterName, owner: string, ttlMs: number) => acquire.immediate(cluster, owner, ttlMs),
    renew: (lease: Lease, ttlMs: number): boolean =>
      extend.run(until(ttlMs), lease.cluster, lease.owner, lease.fence).changes === 1,
    release: (lease: Lease): void => {
      clear.run(lease.cluster, lease.owner, lease.fence);
    },
    newestFence: (cluster: ClusterName): number | undefined => select.get(cluster)?.fence,
  };
}
