import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import { actEnding, actName, dateAndClock, outputLines, type PrintedAct } from './act-lines.ts';

const rule = '='.repeat(100);

/** What acts of one step have printed, as a text file. Times are UTC: a file has no reader's zone. */
export function actsFile(run: Run, acts: readonly PrintedAct[]): string {
  return `${acts.map((printed) => actText(run, printed).join('\n')).join('\n\n')}\n`;
}

/** One act: its title, when and how, and every line that is kept. */
export function actText(run: Pick<Run, 'plan'>, printed: PrintedAct): string[] {
  const lines = outputLines(printed, true);
  return [...actTitle(run, printed), ...(lines.length === 0 ? ['(it printed nothing)'] : lines)];
}

export function actTitle(run: Pick<Run, 'plan'>, { act }: Pick<PrintedAct, 'act'>): string[] {
  const step = stepsOf(run.plan).find(({ key }) => key === act.step);
  return [
    rule,
    actName(step, act),
    `${act.purpose} · begun ${dateAndClock(act.beganAt)} · ${actEnding(act)}`,
    rule,
  ];
}
