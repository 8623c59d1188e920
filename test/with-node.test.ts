import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** A checkout with nothing but the launcher; with a Node of its own where the package for this machine is installed. */
function checkout({ withNode }: { withNode: boolean }): string {
  const root = mkdtempSync(join(tmpdir(), 'with-node-'));
  directories.push(root);
  mkdirSync(join(root, 'src'));
  for (const file of ['with-node.cjs', 'end-with-launcher.ts'])
    cpSync(`src/${file}`, join(root, 'src', file));
  if (withNode) {
    const bin = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(process.execPath, join(bin, 'node'));
  }
  return root;
}

/** The launcher as a Node of some version runs it. */
function launched(version: string, root: string, program: string) {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });
    process.argv.splice(1, 0, 'with-node.cjs'); require(${JSON.stringify(join(root, 'src/with-node.cjs'))});`;
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ['--eval', pretend, '--', '--eval', program], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
  });
}

test('an old Node hands over to the one that npm ci brought, whether or not npm has linked it', async () => {
  const root = checkout({ withNode: true });
  const { stdout } = await launched('20.20.2', root, 'console.log(process.version, process.argv0)');
  expect(stdout).toContain(`${process.version} ${join(root, 'node_modules')}`);
});

test('an old Node that is alone is told which one is needed', async () => {
  const { code, stderr } = await launched('20.20.2', checkout({ withNode: false }), '');
  expect(code).toBe(1);
  expect(stderr).toContain('runs on Node 24 or newer; this is Node 20.20.2');
});

test('the program’s exit status is the launcher’s', async () => {
  const root = checkout({ withNode: false });
  expect((await launched('24.0.0', root, 'process.exit(7)')).code).toBe(7);
});

test('a SIGTERM reaches the program, which ends in its own time', async () => {
  const program = `process.on('SIGTERM', () => setTimeout(() => process.exit(3), 50)); setInterval(() => {}, 1000); console.log('up')`;
  const child = spawn(process.execPath, ['src/with-node.cjs', '--eval', program], { timeout: 15_000 });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([3, null]);
});

test('a SIGKILL of the launcher leaves no program behind that would hold the store', async () => {
  const program = `console.log('up'); setInterval(() => {}, 1000); setTimeout(() => process.exit(), 20_000)`;
  const child = spawn(process.execPath, ['src/with-node.cjs', '--eval', program], { timeout: 15_000 });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  // It closes when the last process that has it is gone: the program, too.
  await once(child.stdout, 'close', { signal: AbortSignal.timeout(10_000) });
});

// Not in scripts that run before these: npm leaves those out where install scripts are. In place of npm's shell, which would
// keep a signal to itself: whoever ends npm ends the program.
test.each(['start', 'check-config', 'demo', 'test', 'bench'] as const)(
  'npm run %s finds its Node and ends with npm',
  (script) => {
    expect(manifest.scripts[script]).toMatch(/^exec node src\/with-node\.cjs /);
  },
);

test('npm ci runs no install scripts: one that compiles would want Python and a compiler', () => {
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m);
});
