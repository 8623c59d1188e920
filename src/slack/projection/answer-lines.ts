import { assertNever } from '../../domain/assert-never.ts';
import type { RunEventOf } from '../../domain/event.ts';
import { ownerOf, type Run } from '../../domain/run.ts';
import { isDangerous } from '../../domain/waiting.ts';
import { duration, secondsBetween } from '../text/duration.ts';
import { moment } from '../text/moment.ts';
import { short } from '../text/untrusted.ts';
import { answerText, podText } from './answer-words.ts';
import type { ProjectionContext } from './context.ts';
import { mention, othersText, quietly } from './people.ts';

type AnswerEvent = RunEventOf<
  | 'step-unblocked'
  | 'answer-given'
  | 'answer-seconded'
  | 'answer-withdrawn'
  | 'owner-told'
  | 'people-reminded'
  | 'run-handed-over'
  | 'proposal-extended'
>;

interface Said {
  readonly text: string;
  readonly needed?: boolean;
  readonly broadcast?: boolean;
}

/**
 * What people did about a run, as a line of its thread. Whoever is asked for something is called in a message of its own.
 * @param where the node of the event's step, or what the step is; empty for events about the whole run
 */
export function answerLine(event: AnswerEvent, run: Run, where: string, context: ProjectionContext): Said {
  switch (event.kind) {
    case 'step-unblocked':
      return { text: `${where} goes on: what it waited for has resolved` };
    case 'answer-given': {
      const { answer, reason } = event;
      const why = reason === undefined ? '' : `: ${short(reason, 300)}`;
      if (!isDangerous(answer)) {
        return { text: `${quietly(answer.by, context)} decided to ${answerText(answer, where)}${why}` };
      }
      return {
        text:
          `🟠 *${run.cluster}: ${quietly(answer.by, context)} wants to ${answerText(answer, where)}*${why}\n` +
          `A second person has to agree: ${othersText(context.approvers, answer.by)}. The card of ${where} has the button.`,
        needed: true,
        broadcast: true,
      };
    }
    case 'answer-seconded':
      return { text: `${quietly(event.by, context)} agreed to ${wishOf(event, run, where)}` };
    case 'answer-withdrawn':
      return { text: `${quietly(event.by, context)} took back the wish to ${wishOf(event, run, where)}` };
    case 'owner-told':
      return {
        text:
          `👋 ${event.owner} · ${quietly(event.by, context)} asks you about pod ${podText(event.pod)} on ${where}, ` +
          `which the ${run.kind} of ${run.cluster} waits for. The card of ${where} in this thread says what is in the way; ` +
          'scaling up by one, or a budget that allows one disruption, lets it go on.',
        needed: true,
        broadcast: true,
      };
    case 'people-reminded':
      return { text: reminderText(event, run, where, context), needed: true, broadcast: true };
    case 'run-handed-over':
      return {
        text: `${quietly(event.by, context)} handed this run over to ${mention(event.to)}, who is called from now on`,
        needed: true,
      };
    case 'proposal-extended':
      return {
        text: `${quietly(event.by, context)} left this plan open until ${moment(event.until, context.now)}`,
      };
    default:
      return assertNever(event);
  }
}

function wishOf(event: RunEventOf<'answer-seconded' | 'answer-withdrawn'>, run: Run, where: string): string {
  const given = run.steps.get(event.step)?.answers?.find(({ number }) => number === event.number);
  return given === undefined ? `what was asked for on ${where}` : answerText(given.answer, where);
}

function reminderText(
  { step, at }: RunEventOf<'people-reminded'>,
  run: Run,
  where: string,
  context: ProjectionContext,
): string {
  const record = run.steps.get(step);
  const since = run.halt?.step === step ? run.halt.since : record?.wait?.since;
  const long = since === undefined ? '' : ` for ${duration(secondsBetween(since, at))}`;
  const owner = mention(ownerOf(run));
  if (run.halt?.step === step) {
    return `🔴 ${owner} · *${run.cluster} has been waiting at ${where}${long}* for a decision. The buttons are on its message above.`;
  }
  const pending = (record?.answers ?? []).find(
    (given) => isDangerous(given.answer) && !given.second && !given.withdrawn,
  );
  const second =
    pending === undefined
      ? ''
      : ` A second person has to agree to ${answerText(pending.answer, where)}: ${othersText(context.approvers, pending.answer.by)}.`;
  const choices =
    record?.wait?.standstill === undefined
      ? short(record?.wait?.failure.message ?? '', 300)
      : 'Its card in this thread has the choices.';
  return `🟠 ${owner} · *${run.cluster}: ${where} has been waiting for people${long}.* ${choices}${second}`;
}
