import type { Run, RunStatus } from '../../domain/run.ts';
import type { RunHead } from '../../ports/run-store.ts';
import { linkTo } from '../permalinks.ts';
import { mention } from '../projection/people.ts';
import { progressOf } from '../projection/progress.ts';
import { survey } from '../projection/survey.ts';
import { route } from '../projection/title.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { moment } from '../text/moment.ts';
import { code } from '../text/untrusted.ts';

const signs: Readonly<Record<RunStatus, string>> = {
  proposed: '📋',
  approved: '🕓',
  running: '⏳',
  pausing: '⏸️',
  paused: '⏸️',
  halted: '🔴',
  aborting: '🛑',
  succeeded: '✅',
  aborted: '🛑',
  rejected: '❌',
  expired: '⌛',
  voided: '⚠️',
};

const words: Readonly<Record<RunStatus, string>> = {
  proposed: 'waits for approval',
  approved: 'approved, starts in a moment',
  running: 'running',
  pausing: 'coming to a pause',
  paused: 'paused',
  halted: 'stopped, waits for a decision',
  aborting: 'aborting',
  succeeded: 'done',
  aborted: 'aborted',
  rejected: 'rejected',
  expired: 'expired',
  voided: 'void',
};

/** A run's state in words that fit after its name. */
export function stateWord(run: Pick<Run, 'status'>): string {
  return words[run.status];
}

/** Whether a list says how far the run is. */
export function isMoving({ status }: Pick<Run, 'status'>): boolean {
  return status === 'running' || status === 'pausing' || status === 'paused' || status === 'halted';
}

/**
 * One run in one line of a list, with a link to its message.
 * @param whole the run itself, where it is to be said how far it is
 */
export function runLine(run: RunHead, now: number, link: string | undefined, whole?: Run): string {
  const { status } = run;
  const percent = whole === undefined ? '' : `, ${progressOf(whole, survey(whole), 0).percent} %`;
  const when =
    run.endedAt !== undefined
      ? moment(run.endedAt, now)
      : `for ${duration(secondsBetween(run.startedAt ?? run.createdAt, now))}`;
  return [
    `${signs[status]} *${route(run)}*`,
    `${words[status]}${percent}`,
    when,
    `asked for by ${mention(run.requestedBy)}`,
    code(run.id),
    ...(link === undefined ? [] : [linkTo(link, 'Open')]),
  ].join(' · ');
}
