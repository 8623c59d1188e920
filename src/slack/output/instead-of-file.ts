import { stepsOf } from '../../domain/plan.ts';
import type { Run } from '../../domain/run.ts';
import type { Card } from '../projection/card.ts';
import { text } from '../projection/card.ts';
import { count } from '../text/fold.ts';
import { clipped, code, escaped } from '../text/untrusted.ts';
import { actEnding, actName, outputLines, type PrintedAct } from './act-lines.ts';

/** Enough for an error with what led to it; more is what the command is for. */
const mostLines = 30;
const mostChars = 2_500;

/** The end of what an act printed, for a workspace that takes no file, and where the rest is. */
export function outputWords(run: Run, printed: PrintedAct): Card {
  const step = stepsOf(run.plan).find(({ key }) => key === printed.act.step);
  const name = escaped(actName(step, printed.act));
  const whole = outputLines(printed, false);
  const { lines, hidden } = lastLines(whole);
  const rest = hidden === 0 ? 'That is all of it.' : `${count(hidden, 'earlier line')} left out here.`;
  return {
    sentence: `What ${name} printed.`,
    parts: [
      text(`*${name}* · ${escaped(actEnding(printed.act))}`),
      { kind: 'output', lines: lines.length === 0 ? ['(it printed nothing)'] : lines },
      text(
        `${rest} Slack takes no file from me here; ${outputCommand(run, printed.act.node)} shows everything.`,
      ),
    ],
  };
}

/** Where the log would be, for a workspace that takes no file. */
export function logWords(run: Run): Card {
  return {
    sentence: 'What the commands of this run printed can be asked for.',
    parts: [text(`What its commands printed: ${outputCommand(run)}`)],
  };
}

/** The command that shows outputs of a run, as a code span. */
export function outputCommand({ id }: Pick<Run, 'id'>, node?: string): string {
  return code(`/k8s-upgrade output ${id}${node === undefined ? '' : ` ${node}`}`);
}

function lastLines(whole: readonly string[]): { lines: string[]; hidden: number } {
  const lines: string[] = [];
  let length = 0;
  for (const line of whole.toReversed()) {
    const shown = clipped(line, 400);
    if (lines.length === mostLines || length + shown.length > mostChars) break;
    lines.unshift(shown);
    length += shown.length + 1;
  }
  return { lines, hidden: whole.length - lines.length };
}
