import type { RunStore } from '../../ports/run-store.ts';
import type { Readiness } from './health-server.ts';

/**
 * Whether the store answers a read of one row. A disk that is full does not show here, reading needs no room, nor does
 * damage to pages that SQLite still has in its memory: both show in the log, at the first commit that fails.
 */
export async function readinessOf(
  store: Pick<RunStore, 'heads'>,
  detail: () => string,
): Promise<Readiness[string]> {
  try {
    await store.heads({ limit: 1 });
    return { ready: true, detail: detail() };
  } catch (error) {
    return { ready: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
