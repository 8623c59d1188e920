import type { Run, RunStatus } from '../../domain/run.ts';
import type { Trouble } from '../../domain/trouble.ts';
import type { Pressed } from '../projection/context.ts';
import type { Shared } from './deps.ts';
import type { Manuscript } from './manuscript.ts';

/** What a parent shows beside its run. */
export interface View {
  readonly pressed: Pressed | undefined;
  readonly trouble: Trouble | undefined;
}

/** What it shows, and since when. */
export interface Shown extends View {
  readonly seq: number;
  readonly at: number;
  readonly status: RunStatus;
}

/** Statuses in which a message that stands still would look dead. */
const alive: ReadonlySet<RunStatus> = new Set(['running', 'pausing', 'aborting']);

export function isMoving({ status }: Pick<Run, 'status'>): boolean {
  return alive.has(status);
}

interface Moment extends View {
  readonly now: number;
  readonly flushing: boolean;
  /** A post was not answered: an edit can be repeated, so it goes first and shows whether Slack is back. */
  readonly doubtful: boolean;
  /** For so long the message is not to be edited, because Slack has refused that. */
  readonly refusedMs: number;
}

/** Milliseconds until the parent may and should be edited. */
export function editWaitMs(
  { pace, pacer, busy }: Shared,
  { run, chronicle }: Pick<Manuscript, 'run' | 'chronicle'>,
  shown: Shown | undefined,
  { now, flushing, doubtful, refusedMs, pressed, trouble }: Moment,
): number {
  if (shown === undefined) return pacer.editWaitMs(now, true);
  const changed = doubtful || shown.seq < chronicle.seq;
  // Whatever happens to a proposal is a person pressing a button and waiting to see it counted.
  const pressedButton = changed && run.status === 'proposed';
  const isOther = shown.pressed !== pressed || shown.trouble !== trouble;
  const urgent = pressedButton || shown.status !== run.status || isOther;
  if (!changed && !urgent) {
    return isMoving(run) && !flushing
      ? Math.max(shown.at + pace.heartbeatMs - now, pacer.editWaitMs(now, false), refusedMs)
      : Number.POSITIVE_INFINITY;
  }
  // Many runs share the budget: each waits longer, none is starved.
  const fair = (busy() * 60_000) / Math.max(1, pace.editsPerMinute - pace.keptForUrgent);
  const gap = flushing ? 0 : urgent ? pace.urgentEditGapMs : Math.max(pace.editGapMs, fair);
  return Math.max(0, shown.at + gap - now, pacer.editWaitMs(now, urgent || flushing), refusedMs);
}
