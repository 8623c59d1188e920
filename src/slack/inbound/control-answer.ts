import { assertNever } from '../../domain/assert-never.ts';
import type { Run } from '../../domain/run.ts';
import type { ApproveOutcome, ControlOutcome } from '../../usecases/use-cases.ts';
import type { RunAction } from '../buttons.ts';
import { startText } from '../projection/calendar-text.ts';
import { abortText, safePointText } from '../projection/outlook.ts';
import { mention } from '../projection/people.ts';
import { count, listed } from '../text/fold.ts';
import { moment } from '../text/moment.ts';
import type { WaitAction } from '../wait-buttons.ts';
import { stateWord } from './run-line.ts';

/** What a person is told about their approval (mrkdwn). */
export function approveAnswer(outcome: ApproveOutcome, now: number): string {
  switch (outcome.status) {
    case 'denied':
      return outcome.reason;
    case 'counted':
      return outcome.missing > 0
        ? `Counted. ${count(outcome.missing, 'more approval')} ${outcome.missing === 1 ? 'is' : 'are'} needed.`
        : `Counted, and that was the last one needed: ${outcome.run.cluster} starts ${startWord(outcome.run, now)}.`;
    case 'already-counted':
      return 'Your approval is counted already; somebody else’s is needed, too.';
    case 'expired':
      return `This plan expired at ${moment(outcome.run.expiresAt, now)}. Press Plan again for a new one.`;
    case 'drifted':
      return `${outcome.reason} The plan is void and nothing was done. Press Plan again for a new one.`;
    case 'not-proposed':
      return `There is nothing to approve any more: ${endOf(outcome.run)}.`;
    default:
      return assertNever(outcome);
  }
}

function startWord(run: Run, now: number): string {
  const start = startText(run, now);
  return start === 'in a moment' ? 'now' : start;
}

const accepted: Readonly<Partial<Record<RunAction, string>>> = {
  reject: 'Rejected. Nothing was done.',
  resume: 'It goes on.',
  retry: 'It tries again.',
  wait: 'It goes on waiting for the command that runs.',
  stop: 'The command is being stopped; the message then says what it has done.',
  skip: 'Left out; the run goes on, and the last message will name it.',
  'hand-over': 'Handed over; they are called from now on.',
  extend: 'Done: there is more time.',
  'gate-yes': 'Counted.',
  'open-gate': 'The gate is open; the run goes on.',
  'retry-quarantined': 'It is tried again, beside what is in hand.',
};

const heard: Readonly<Record<WaitAction, string>> = {
  'keep-waiting': 'It goes on waiting for at least as long again.',
  'tell-owner': 'They are called in the thread.',
  'scale-up': 'Asked for. It is done when a second person has agreed; the thread calls them.',
  'delete-pod': 'Asked for. It is done when a second person has agreed; the thread calls them.',
  skip: 'Left out as soon as the drain has let go; the last message will name it.',
  stop: 'The drain is being stopped; the run then waits for a decision.',
  retry: 'It tries again.',
  agree: 'Agreed: it is done now.',
  withdraw: 'Taken back; nothing was done.',
};

/** What a person is told about their answer to a step that stands still (mrkdwn). */
export function waitAnswer(action: WaitAction, outcome: ControlOutcome): string {
  return outcome.status === 'accepted' ? heard[action] : outcome.reason;
}

/** What a person is told about a pause, a resume … (mrkdwn). */
export function controlAnswer(action: RunAction, outcome: ControlOutcome): string {
  switch (outcome.status) {
    case 'denied':
      return outcome.reason;
    case 'not-now':
      return outcome.reason;
    case 'accepted':
      if (action === 'pause')
        return `It stops ${safePointText(outcome.run)}; the message says when it is paused.`;
      if (action === 'abort') return abortAnswer(outcome.run);
      return accepted[action] ?? 'Done.';
    default:
      return assertNever(outcome);
  }
}

/** A proposal that is withdrawn has changed nothing. */
function abortAnswer(run: Run): string {
  return run.status === 'aborting'
    ? `Aborting: ${abortText(run)}. The message then says what stays as it is.`
    : 'Withdrawn. Nothing was done.';
}

/** `it was rejected by @amir`, `it is running`. */
function endOf(run: Run): string {
  if (run.endedBy !== undefined) return `it was ${stateWord(run)} by ${mention(run.endedBy)}`;
  const by =
    run.approvals.length > 0 ? ` (approved by ${listed(run.approvals.map((a) => mention(a.by)))})` : '';
  return `it is ${stateWord(run)}${by}`;
}
