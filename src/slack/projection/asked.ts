import { openWait, ownerOf, type Run } from '../../domain/run.ts';
import { awaitsSecond } from '../../domain/waiting.ts';
import { fold } from '../text/fold.ts';
import { moment } from '../text/moment.ts';
import { short } from '../text/untrusted.ts';
import { answerText } from './answer-words.ts';
import type { ProjectionContext } from './context.ts';
import { mention, othersText } from './people.ts';
import { withoutNode } from './step-words.ts';
import { placeOf } from './wait-card.ts';

/** What is asked of whom now, for whoever reads only the run's own message: `*Needed* …`; undefined when nothing is. */
export function askedText(run: Run, context: ProjectionContext): string | undefined {
  const asked = [...run.steps.values()].flatMap(({ key, answers }) => {
    const wait = openWait(run, key);
    if (wait === undefined) return [];
    const node = placeOf(run, key);
    const why = short(withoutNode(wait.failure.message, node), 200).replace(/\.$/, '');
    const choices = wait.standstill === undefined ? '' : '; its card in the thread has the choices';
    const pending = (answers ?? []).filter(awaitsSecond);
    return [
      `${mention(ownerOf(run))}: ${node} waits since ${moment(wait.since, context.now)} · ${why}${choices}`,
      ...pending.map(
        ({ answer }) =>
          `${othersText(context.approvers, answer.by)}: whether to ${answerText(answer, node)}, as ${mention(answer.by)} wants`,
      ),
    ];
  });
  if (asked.length === 0) return undefined;
  return `*Needed* ${fold(asked, { separator: '; ', maxEntries: 5, maxChars: 1_200 })}`;
}
