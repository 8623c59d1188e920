import type { StepKey } from '../../domain/names.ts';
import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { nodeOf } from '../../domain/step.ts';
import { duration } from '../text/duration.ts';
import { count, fold } from '../text/fold.ts';
import { short } from '../text/untrusted.ts';
import { type Part, text } from './card.ts';
import type { Chronicle } from './chronicle.ts';
import type { ProjectionContext } from './context.ts';
import { deedsOf, deedText } from './deeds.ts';
import { mention } from './people.ts';
import { stepName } from './step-words.ts';

/** What a run went through beyond its steps: waits, retries, decisions, restarts. Nothing where nothing happened. */
export function storyParts(run: Run, chronicle: Chronicle, _context: ProjectionContext): Part[] {
  const lines = storyLines(run, chronicle);
  return lines.length === 0 ? [] : [text(lines.join('\n'))];
}

function storyLines(run: Run, chronicle: Chronicle): string[] {
  const steps = new Map(stepsOf(run.plan).map((step) => [step.key, step]));
  const where = (key: StepKey): string => {
    const step = steps.get(key);
    if (step === undefined) return key;
    return nodeOf(step) ?? stepName(step);
  };
  const what = (key: StepKey): string => {
    const step = steps.get(key);
    return step === undefined ? key : stepName(step);
  };
  const line = (title: string, entries: readonly string[]): string[] =>
    entries.length === 0
      ? []
      : [`*${title}* ${fold(entries, { separator: ' · ', maxEntries: 8, maxChars: 900 })}`];

  const awaited = chronicle.idleSeconds - chronicle.parkedSeconds;
  return [
    ...line(
      'Waits',
      chronicle.waits.map(
        (wait) =>
          `${duration(wait.seconds)} on ${where(wait.step)} (${said(wait.failure.message)})` +
          deedsOf(wait)
            .map((given) => `, ${deedText(given, where(wait.step))}`)
            .join(''),
      ),
    ),
    ...line(
      count(chronicle.retries.length, 'retry', 'retries'),
      [...Map.groupBy(chronicle.retries, ({ step, failure }) => `${step} ${failure.code}`).values()].flatMap(
        (group) => {
          const [first] = group;
          if (first === undefined) return [];
          const times = group.length === 1 ? '' : ` ${group.length}×`;
          return [`${where(first.step)}, ${what(first.step)}: ${first.failure.code}${times}`];
        },
      ),
    ),
    ...line(
      'Decisions',
      chronicle.decisions.map(({ by, choice, step, reason }) => {
        const about = step === undefined ? '' : ` ${where(step)}`;
        const why = reason === undefined ? '' : ` (${short(reason, 120)})`;
        return `${mention(by)}: ${choice}${choice === 'abort' ? '' : about}${why}`;
      }),
    ),
    ...line(
      'Handed over',
      chronicle.handOvers.map(({ by, to }) => `by ${mention(by)} to ${mention(to)}`),
    ),
    ...line(
      'Pauses',
      chronicle.pauses.map(({ by }) => `by ${mention(by)}`),
    ),
    ...(awaited >= 1 ? [`*Waited for people* ${duration(awaited)}`] : []),
    ...(chronicle.parkedSeconds >= 1 ? [`*Parked* ${duration(chronicle.parkedSeconds)}`] : []),
    ...(chronicle.takenUp > 0
      ? [`*Taken up again* ${count(chronicle.takenUp, 'time')} after a restart of the bot`]
      : []),
  ];
}

/** Another sentence goes around it. */
function said(message: string): string {
  return short(message, 120).replace(/\.$/, '');
}
