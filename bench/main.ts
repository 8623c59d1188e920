import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Measurement } from './measurement.ts';

/**
 * Runs every bench in a process of its own (memory is measured too), one after the other; prints what they measured as a
 * table and as JSON lines. Exit status 1 when a limit is exceeded or a bench fails. Arguments: names of benches to run.
 */
const longestBenchMs = 180_000;
const names = process.argv.slice(2);
const files = globSync(path.join(import.meta.dirname, '*.bench.ts'))
  .filter((file) => names.length === 0 || names.includes(path.basename(file, '.bench.ts')))
  .toSorted((a, b) => a.localeCompare(b));

const measurements: Measurement[] = [];
let failed = files.length === 0;
for (const file of files) {
  // The flags of `npm start`.
  const child = spawn(process.execPath, ['--max-semi-space-size=16', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), longestBenchMs);
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  const output = await text(child.stdout);
  const code = await ended;
  clearTimeout(timer);
  if (code !== 0) {
    console.error(`${path.basename(file)} ended with ${code ?? 'a signal'}`);
    failed = true;
  }
  for (const line of output.split('\n').filter((one) => one.startsWith('{'))) {
    measurements.push(JSON.parse(line) as Measurement);
  }
}

const isOver = ({ value, limit }: Measurement) => limit !== undefined && value > limit;
const shown = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
console.table(
  measurements.map((one) => ({
    bench: one.bench,
    what: one.what,
    value: `${shown(one.value)} ${one.unit}`,
    limit: one.limit === undefined ? '' : `${one.limit} ${one.unit}`,
    '': isOver(one) ? 'OVER' : '',
  })),
);
for (const one of measurements) console.log(JSON.stringify({ ...one, ok: !isOver(one) }));
process.exitCode = failed || measurements.some(isOver) ? 1 : 0;
