import { instant } from '../../domain/names.ts';
import { appendEvents } from '../../run/record/journal.ts';
import type { UseCaseDeps } from '../deps.ts';

/** Ends proposals that nobody has approved in time. Called now and then; a late call changes nothing for anybody. */
export async function expireProposals(
  deps: Pick<UseCaseDeps, 'store' | 'clock' | 'onCommit'>,
): Promise<void> {
  for (const run of await deps.store.heads({ statuses: ['proposed'] })) {
    if (Date.parse(run.expiresAt) > deps.clock.now()) continue;
    const appended = await appendEvents(deps.store, run.id, (present) =>
      present.status === 'proposed' ? [{ kind: 'run-expired', at: instant(deps.clock.now()) }] : [],
    );
    if (appended.events.length > 0) deps.onCommit(appended.run);
  }
}
