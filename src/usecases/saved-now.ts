import { touchedNodes } from '../domain/run.ts';
import type { UseCaseDeps } from './deps.ts';
import type { UseCases } from './use-cases.ts';

/** A person waits for an answer to `status`; an etcd snapshot of some gigabytes takes longer to read. */
const patienceMs = 6_000;

/** Looks whether what an upgrade saved is still there as it was sealed. Undefined for what saved nothing to go back by. */
export function savedNow({ observeBackups, clock }: UseCaseDeps): UseCases['savedNow'] {
  return async (run) => {
    if (run.kind !== 'upgrade' || touchedNodes(run).length === 0) return undefined;
    const enough = new AbortController();
    const late = clock.sleep(patienceMs, enough.signal).then(() => undefined);
    const found = await Promise.race([observeBackups(run), late]);
    enough.abort();
    if (found === undefined) return { status: 'too-slow' };
    const bad = found.filter(({ state }) => state !== 'intact');
    return { status: 'looked', files: found.length, bad: bad.map(({ path, state }) => ({ path, state })) };
  };
}
