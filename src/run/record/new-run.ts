import { emptyCourse } from '../../domain/course.ts';
import type { RunEvent } from '../../domain/event.ts';
import { type ChannelId, instant, type RunId, type UserId } from '../../domain/names.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';

/** A run at its very beginning, with the event that it begins with. */
export function newRun(proposal: {
  id: RunId;
  plan: Plan;
  requestedBy: UserId;
  channel: ChannelId;
  /** Milliseconds since the epoch. */
  now: number;
  expireAfterMinutes: number;
}): { run: Run; events: RunEvent[] } {
  const at = instant(proposal.now);
  return {
    run: {
      id: proposal.id,
      kind: proposal.plan.purpose.kind,
      cluster: proposal.plan.cluster,
      status: 'proposed',
      plan: proposal.plan,
      requestedBy: proposal.requestedBy,
      channel: proposal.channel,
      createdAt: at,
      expiresAt: instant(proposal.now + proposal.expireAfterMinutes * 60_000),
      approvals: [],
      course: emptyCourse,
      steps: new Map(),
      revision: 1,
    },
    events: [{ kind: 'run-proposed', at, by: proposal.requestedBy, digest: proposal.plan.digest }],
  };
}
