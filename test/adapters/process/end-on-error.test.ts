import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const file = (path: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../../src/${path}`, import.meta.url)));

/** Runs a program that logs as the bot does and then fails somewhere. */
function failing(code: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = `
    import { createLog } from ${file('adapters/log/pino-log.ts')};
    import { endOnUnhandledErrors } from ${file('adapters/process/end-on-error.ts')};
    endOnUnhandledErrors(createLog({ level: 'info' }));
    setTimeout(() => process.exit(0), 5_000);
    ${code}`;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { timeout: 15_000 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
  });
}

test.each([
  ['a rejection that nobody handles', 'void Promise.reject(new Error("invalid_auth"));'],
  ['one from a timer of a library', 'setTimeout(() => void Promise.reject(new Error("invalid_auth")), 20);'],
  ['an exception in a listener', 'setTimeout(() => { throw new Error("invalid_auth"); }, 20);'],
  ['a start that fails', 'await Promise.reject(new Error("invalid_auth"));'],
])('%s ends the process with one line in the log, and no bare stack', async (_, code) => {
  const ended = await failing(code);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toBe('');
  const lines = ended.stdout.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    err: { message: 'invalid_auth' },
    msg: expect.stringContaining('ending because of an error that nobody handles'),
  });
});
