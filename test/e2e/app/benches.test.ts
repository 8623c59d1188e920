import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';

const Line = z.strictObject({
  bench: z.string(),
  what: z.string(),
  value: z.number().nonnegative(),
  unit: z.string(),
  ok: z.literal(true),
});

/** Runs tiny benches, whole programs each, as `npm run bench` does. */
async function quick(...names: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  const file = join(directory, 'lines.json');
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['bench/main.ts', ...names, '--quick', '--json', file],
      { timeout: 60_000 },
    );
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return { stdout, lines: lines.map((line) => Line.parse(JSON.parse(line))) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test.concurrent.each(['ack', 'executor', 'history', 'plan', 'sandbox-snapshot', 'snapshot'])(
  'the bench %s measures in its tiny mode, as a table and as JSON lines',
  { timeout: 70_000 },
  async (name) => {
    const { stdout, lines } = await quick(name);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      expect(line.bench).toBe(name);
      expect(stdout).toContain(line.what);
      expect(stdout).toContain(JSON.stringify(line));
    }
  },
);

test('a bench that does not exist ends with status 2 and the usage', async () => {
  await expect(quick('snapshoot')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Usage: npm run bench'),
  });
});
