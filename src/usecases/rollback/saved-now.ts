import type { RunId } from '../../domain/names.ts';
import { type Run, touchedNodes } from '../../domain/run.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { UseCases } from '../use-cases.ts';

/** A person waits for an answer to `status`; an etcd snapshot of some gigabytes takes longer to read. */
const patienceMs = 6_000;

/**
 * Looks whether what an upgrade saved is still there as it was sealed, and whether anything went on from it since.
 * Undefined for what saved nothing to go back by.
 */
export function savedNow({ observeBackups, clock, store }: UseCaseDeps): UseCases['savedNow'] {
  return async (run) => {
    if (run.kind !== 'upgrade' || touchedNodes(run).length === 0) return undefined;
    const later = await laterUpgrade({ store }, run);
    if (later !== undefined) return { status: 'gone-on', later };
    const enough = new AbortController();
    const late = clock.sleep(patienceMs, enough.signal).then(() => undefined);
    const found = await Promise.race([observeBackups(run), late]);
    enough.abort();
    if (found === undefined) return { status: 'too-slow' };
    const bad = found.filter(({ state }) => state !== 'intact');
    return { status: 'looked', files: found.length, bad: bad.map(({ path, state }) => ({ path, state })) };
  };
}

/** An upgrade that was begun after this one and was not taken back as a whole: it has to go back first. */
async function laterUpgrade(
  { store }: Pick<UseCaseDeps, 'store'>,
  { id, cluster, createdAt }: Run,
): Promise<RunId | undefined> {
  const since = await store.heads({ cluster, createdAfter: createdAt });
  const undone = new Set(
    since.flatMap(({ status, plan: { purpose } }) =>
      status === 'succeeded' && purpose.kind === 'rollback' && purpose.scope.kind === 'all'
        ? [purpose.of]
        : [],
    ),
  );
  return since.find(
    (later) =>
      later.kind === 'upgrade' &&
      later.id !== id &&
      later.startedAt !== undefined &&
      later.createdAt > createdAt &&
      !undone.has(later.id),
  )?.id;
}
