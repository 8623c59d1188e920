import type { RunEvent } from '../../domain/event.ts';
import { instant, type RunId } from '../../domain/names.ts';
import type { Run } from '../../domain/run.ts';
import { appendEvents } from '../../run/record/journal.ts';
import type { UseCaseDeps } from '../deps.ts';

type Deps = Pick<UseCaseDeps, 'store' | 'clock' | 'onCommit'>;

/** A rollback that ended longer ago has been told of, or nobody waits for it any more. */
const lookedBackMs = 7 * 24 * 3_600_000;

/**
 * Writes down with each upgrade that a rollback of it is over, so that its channel hears of it, too. What was written is
 * read from the upgrade's own events: called again, after a crash or not, it adds nothing.
 * @param known rollbacks that need no second look; grows
 */
export async function reportRollbacks(deps: Deps, known: Set<RunId>): Promise<void> {
  const createdAfter = instant(deps.clock.now() - lookedBackMs);
  const statuses = ['succeeded', 'aborted'] as const;
  for (const head of await deps.store.heads({ kind: 'rollback', statuses, createdAfter })) {
    if (known.has(head.id)) continue;
    const run = await deps.store.load(head.id);
    if (run) await reportRollback(deps, run);
    known.add(head.id);
  }
}

async function reportRollback(deps: Deps, { id, status, plan }: Run): Promise<void> {
  if (plan.purpose.kind !== 'rollback') return;
  const { of, scope } = plan.purpose;
  const events = await deps.store.events(of, 0);
  if (events.some(({ event }) => event.kind === 'rollback-ended' && event.run === id)) return;
  const ended: RunEvent = {
    kind: 'rollback-ended',
    at: instant(deps.clock.now()),
    run: id,
    outcome: status === 'succeeded' ? 'succeeded' : 'aborted',
    version: plan.to,
    scope,
  };
  const appended = await appendEvents(deps.store, of, () => [ended]);
  deps.onCommit(appended.run);
}
