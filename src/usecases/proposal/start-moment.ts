import type { Start } from '../../domain/intent.ts';
import { localMoment, nextOpening, nextTimeOfDay } from '../../domain/opening.ts';
import type { Policy } from '../../domain/policy.ts';

/** Farther ahead nobody knows what the cluster will look like. */
const farthestMs = 14 * 24 * 3_600_000;

/**
 * The moment that a person named for a start, in the time zone of the policy, in milliseconds since the epoch; or a
 * sentence to them why there is none.
 */
export function startMoment(policy: Policy, start: Start, now: number): number | string {
  if (start.kind === 'next-window') {
    const opening = nextOpening(policy, now);
    if (opening !== undefined) return opening;
    return policy.windows.length === 0
      ? 'This cluster has no maintenance windows. Say a time instead: `at 22:00`.'
      : 'I find no next window in the calendar of this cluster. Say a time instead: `at 22:00`.';
  }
  const moment =
    start.date === undefined
      ? nextTimeOfDay(policy, start.time, now)
      : localMoment(policy, `${start.date}T${start.time}`);
  const zone = policy.timeZone;
  if (moment <= now) return `That time is over (${zone}). Say one that is to come.`;
  return moment - now > farthestMs ? 'That is more than two weeks ahead; plan nearer to it.' : moment;
}
