import type { RunEvent } from '../domain/event.ts';
import { instant, type RunId } from '../domain/names.ts';
import type { Plan } from '../domain/plan.ts';
import type { Run } from '../domain/run.ts';
import { appendEvents } from '../run/record/journal.ts';
import { newRun } from '../run/record/new-run.ts';
import type { Asker } from './asker.ts';
import type { UseCaseDeps } from './deps.ts';

/** A plan as a run that somebody proposes now. Nothing is stored yet. */
export function proposalOf(
  deps: Pick<UseCaseDeps, 'newRunId' | 'clock'>,
  plan: Plan,
  { user, channel }: Asker,
): { run: Run; events: RunEvent[] } {
  return newRun({
    id: deps.newRunId(),
    plan,
    requestedBy: user,
    channel,
    now: deps.clock.now(),
    expireAfterMinutes: plan.policy.approvals.expireAfterMinutes,
  });
}

/** Takes back a proposal that a newer plan takes the place of; one that has all its approvals is about to begin. */
export async function withdrawProposal(
  deps: Pick<UseCaseDeps, 'store' | 'clock' | 'onCommit'>,
  id: RunId,
): Promise<void> {
  const { run } = await appendEvents(deps.store, id, ({ status, approvals, plan }) =>
    status === 'proposed' && approvals.length < plan.policy.approvals.needed
      ? [{ kind: 'run-voided', at: instant(deps.clock.now()), reason: 'A newer plan has taken its place.' }]
      : [],
  );
  deps.onCommit(run);
}
