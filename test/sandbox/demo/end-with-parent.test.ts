import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';

const hook = new URL('../../../sandbox/demo/end-with-parent.ts', import.meta.url).href;
const left: number[] = [];
afterEach(() => {
  for (const pid of left.splice(0).filter(isThere)) process.kill(pid, 'SIGKILL');
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A parent that starts a child as the demo starts the bot, and says the child's id. */
const parent = (childArguments: readonly string[]) => `
  const child = require('node:child_process').spawn(process.execPath, ${JSON.stringify(childArguments)},
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  child.stdout.once('data', () => console.log(child.pid));
  setInterval(() => {}, 1000);`;
const longLived = "console.log('up'); setInterval(() => {}, 1000)";

async function familyOf(childArguments: readonly string[]): Promise<{ parent: number; child: number }> {
  const started = spawn(process.execPath, ['-e', parent(childArguments)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(started.stdout, 'data')) as [Buffer];
  const family = { parent: started.pid ?? 0, child: Number(line.toString()) };
  left.push(family.parent, family.child);
  return family;
}

test('a bot does not outlive a demo that is killed', async () => {
  const family = await familyOf(['--import', hook, '-e', longLived]);
  expect(isThere(family.child)).toBe(true);
  process.kill(family.parent, 'SIGKILL');
  await eventually(() => !isThere(family.child), 'the end of the child');
});

test('it ends by the signal that it stops at, so that it can let go of what it holds', async () => {
  const stubborn = "process.once('SIGTERM', () => { setTimeout(() => process.exit(0), 300); });";
  const family = await familyOf(['--import', hook, '-e', `${stubborn} ${longLived}`]);
  process.kill(family.parent, 'SIGKILL');
  const began = performance.now();
  await eventually(() => !isThere(family.child), 'the end of the child');
  expect(performance.now() - began).toBeGreaterThan(250);
});
