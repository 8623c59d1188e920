import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

function checked(version: string): Promise<{ code: number; stderr: string }> {
  const program = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require('./src/check-node.cjs');`;
  return new Promise((resolve) => {
    execFile(process.execPath, ['--eval', program], (error, _, stderr) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, stderr }),
    );
  });
}

test('an old Node is told which one is needed', async () => {
  const { code, stderr } = await checked('20.20.2');
  expect(code).toBe(1);
  expect(stderr).toContain('runs on Node 24 or newer; this is Node 20.20.2');
  expect(await checked('24.0.0')).toEqual({ code: 0, stderr: '' });
});

test.each(['start', 'demo', 'test'] as const)('npm run %s checks Node first', (script) => {
  expect(manifest.scripts[`pre${script}`]).toBe('node src/check-node.cjs');
});
