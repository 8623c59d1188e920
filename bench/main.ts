import { spawn } from 'node:child_process';
import { globSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type BenchArguments, readArguments, usage } from './arguments.ts';
import type { Measurement } from './measurement.ts';

/**
 * Runs every bench in a process of its own (memory is measured too), one after the other; prints what they measured as a
 * table and as JSON lines. Exit status 1 when a limit is exceeded or a bench fails.
 */
const longestBenchMs = 240_000;
const known = globSync(path.join(import.meta.dirname, '*.bench.ts'))
  .map((file) => path.basename(file, '.bench.ts'))
  .toSorted((a, b) => a.localeCompare(b));

const wanted = parsed();
if (wanted.help) leave(0, usage(known));

const measured: Measurement[] = [];
let failed = false;
for (const name of wanted.names.length > 0 ? wanted.names : known) {
  if (!(await runBench(name))) failed = true;
}

const isOver = ({ value, limit }: Measurement) => limit !== undefined && value > limit;
const shown = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
console.table(
  measured.map((one) => ({
    bench: one.bench,
    what: one.what,
    value: `${shown(one.value)} ${one.unit}`,
    limit: one.limit === undefined ? '' : `${one.limit} ${one.unit}`,
    '': isOver(one) ? 'OVER' : '',
  })),
);
const lines = measured.map((one) => JSON.stringify({ ...one, ok: !isOver(one) }));
for (const line of lines) console.log(line);
if (wanted.json !== undefined) writeFileSync(wanted.json, `${lines.join('\n')}\n`);
process.exitCode = failed || measured.some(isOver) ? 1 : 0;

async function runBench(name: string): Promise<boolean> {
  // The flags of `npm start`.
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=16', path.join(import.meta.dirname, `${name}.bench.ts`)],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, BENCH_QUICK: wanted.quick ? '1' : '0' } },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), longestBenchMs);
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  const output = await text(child.stdout);
  const code = await ended;
  clearTimeout(timer);
  for (const line of output.split('\n').filter((one) => one.startsWith('{'))) {
    measured.push(JSON.parse(line) as Measurement);
  }
  if (code !== 0) console.error(`The bench ${name} ended with ${code ?? 'a signal'}`);
  return code === 0;
}

function parsed(): BenchArguments {
  try {
    return readArguments(process.argv.slice(2), known);
  } catch (error) {
    return leave(2, `${error instanceof Error ? error.message : String(error)}\n\n${usage(known)}`);
  }
}

function leave(code: number, message: string): never {
  (code === 0 ? process.stdout : process.stderr).write(`${message}\n`);
  process.exit(code);
}
