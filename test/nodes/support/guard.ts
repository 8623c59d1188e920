import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { clearScratch } from './scratch.ts';

/** Clears a run's directory away as soon as the run's process is gone, however it ended. */
export function guardScratch(scratch: string): void {
  const wait = 'while [ -e "/proc/$1" ]; do sleep 1; done; exec "$2" "$3" "$4"';
  const args = [String(process.pid), process.execPath, fileURLToPath(import.meta.url), scratch];
  spawn('sh', ['-c', wait, 'sh', ...args], { stdio: 'ignore', detached: true }).unref();
}

const [, program = '', scratch] = process.argv;
if (program === fileURLToPath(import.meta.url) && scratch !== undefined && existsSync(scratch)) {
  await clearScratch(scratch);
}
