import type { Step } from '../../domain/step.ts';
import type { ActRecord } from '../../ports/output-store.ts';
import { actEnding, actName, dateAndClock, outputLines, type PrintedAct } from './act-lines.ts';

const rule = '='.repeat(100);

/** What acts of one step have printed, as a text file. Times are UTC: a file has no reader's zone. */
export function actsFile(step: Step | undefined, acts: readonly PrintedAct[]): string {
  return `${acts.map((printed) => actText(step, printed).join('\n')).join('\n\n')}\n`;
}

/** One act: its title, when and how, and every line that is kept. */
export function actText(step: Step | undefined, printed: PrintedAct): string[] {
  const lines = outputLines(printed, true);
  return [...actTitle(step, printed.act), ...(lines.length === 0 ? ['(it printed nothing)'] : lines)];
}

function actTitle(step: Step | undefined, act: ActRecord): string[] {
  return [
    rule,
    actName(step, act),
    `${act.purpose} · begun ${dateAndClock(act.beganAt)} · ${actEnding(act)}`,
    rule,
  ];
}
