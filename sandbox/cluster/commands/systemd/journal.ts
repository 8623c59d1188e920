import { serviceName } from '../../model/units.ts';
import type { Invocation, Program } from '../../shell/program.ts';
import { last, readArguments } from '../arguments.ts';

/** The last lines of a unit's journal as journalctl prints them. */
export function journalLines(run: Invocation, unit: string, count: number): string {
  const lines = run.machine.logs.of(unit.replace(/^kubelet\.service$/, 'kubelet'));
  return lines
    .slice(-count)
    .map(({ at, text }) => {
      const [, month = '', day = ''] = /^\w+ (\w+) (\d+)/.exec(at.toDateString()) ?? [];
      const source = unit.startsWith('kubelet') ? 'kubelet[1432]' : 'systemd[1]';
      return `${month} ${day} ${at.toISOString().slice(11, 19)} ${run.machine.name} ${source}: ${text}\n`;
    })
    .join('');
}

/** journalctl -u UNIT -n N [-o cat] [--no-pager]. */
export const journalctl: Program = (run) => {
  const args = readArguments(run.args, [
    'u',
    'unit',
    'n',
    'lines',
    'o',
    'output',
    'S',
    'since',
    'U',
    'until',
    'p',
    'priority',
    'b',
    't',
    'g',
  ]);
  const unit = last(args, 'u', 'unit') ?? 'kubelet';
  const asked = last(args, 'n', 'lines');
  const count = asked === undefined || asked === 'all' ? 500 : Number(asked.replace('+', ''));
  const name = serviceName(unit) === 'kubelet.service' ? 'kubelet' : serviceName(unit);
  const lines = run.machine.logs.of(name);
  if (lines.length === 0) run.out('-- No entries --\n');
  else if (last(args, 'o', 'output') === 'cat')
    run.out(
      lines
        .slice(-count)
        .map(({ text }) => `${text}\n`)
        .join(''),
    );
  else run.out(journalLines(run, name, count));
  return 0;
};
