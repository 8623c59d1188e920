import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { sharing } from '../vitest.config.ts';

/** Which parts of src each part may import; the composition root may import everything. */
const allowed: Record<string, readonly string[]> = {
  domain: [],
  ports: ['domain'],
  intent: ['domain'],
  plan: ['domain'],
  'config.ts': ['domain'],
  configuration: ['domain', 'config.ts'],
  'read-config.ts': ['domain', 'config.ts', 'configuration'],
  node: ['domain', 'ports'],
  snapshot: ['domain', 'ports', 'node'],
  run: ['domain', 'ports'],
  steps: ['domain', 'ports', 'node', 'plan'],
  usecases: ['domain', 'ports', 'plan', 'run', 'snapshot', 'config.ts'],
  'looks.ts': ['domain', 'ports', 'plan', 'snapshot', 'usecases', 'config.ts'],
  slack: ['domain', 'ports', 'intent', 'usecases', 'config.ts'],
  adapters: ['domain', 'ports', 'config.ts'],
};

/** Packages that only one part may know. */
const guarded: Record<string, readonly string[]> = {
  '@kubernetes/client-node': ['adapters/kubernetes'],
  'better-sqlite3': ['adapters/sqlite'],
  'node-ssh': ['adapters/ssh'],
  ssh2: ['adapters/ssh'],
  '@slack/bolt': ['adapters/slack', 'slack/inbound'],
  '@slack/web-api': ['adapters/slack'],
  pino: ['adapters/log'],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

function importsOf(root: string): Import[] {
  return globSync(`${root}/**/*.{ts,tsx}`).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const found = text.matchAll(/(?:from|import\()\s*'([^']+)'/g);
    return [...found].map(([, specifier = '']) => ({
      file: relative('.', file),
      target: specifier.startsWith('.') ? relative('.', join(dirname(file), specifier)) : specifier,
    }));
  });
}

const partOf = (path: string): string | undefined => path.split('/')[1];
const sources = importsOf('src');

test('imports inside src point one way', () => {
  const wrong = sources.filter(({ file, target }) => {
    const from = partOf(file) ?? '';
    const to = target.startsWith('src/') ? partOf(target) : undefined;
    if (to === undefined || to === from || from === 'main.ts' || from === 'app.ts') return false;
    return !allowed[from]?.includes(to);
  });
  expect(wrong).toEqual([]);
});

test('the adapters of one thing know nothing of the adapters of another', () => {
  const adapter = (path: string) => (path.startsWith('src/adapters/') ? path.split('/')[2] : undefined);
  const wrong = sources.filter(({ file, target }) => {
    const [from, to] = [adapter(file), adapter(target)];
    return from !== undefined && to !== undefined && from !== to;
  });
  expect(wrong).toEqual([]);
});

test('src never imports tests or the sandbox', () => {
  expect(sources.filter(({ target }) => /^(test|sandbox|bench)\//.test(target))).toEqual([]);
});

test('the sandbox knows the program only where it starts it and plays with it', () => {
  const wrong = importsOf('sandbox').filter(
    ({ file, target }) => target.startsWith('src/') && !/^sandbox\/(main\.ts|play\/|demo\/)/.test(file),
  );
  expect(wrong).toEqual([]);
});

test('each driver is known to its adapter alone', () => {
  const wrong = sources.filter(({ file, target }) => {
    const homes = guarded[target];
    return homes !== undefined && !homes.some((home) => file.startsWith(`src/${home}/`));
  });
  expect(wrong).toEqual([]);
});

test('tests that share a process import nothing that sets up or cleans up around tests: it would for the first file only', () => {
  const known = new Map<string, string[]>();
  for (const { file, target } of ['src', 'test', 'sandbox'].flatMap(importsOf))
    known.set(file, [...(known.get(file) ?? []), target]);
  const files = sharing.flatMap((pattern) => globSync(pattern));
  const reached = new Set(files.flatMap((file) => known.get(file) ?? []));
  for (const file of reached) for (const target of known.get(file) ?? []) reached.add(target);
  const sides = [...reached].filter((file) => /^(src|test|sandbox)\//.test(file));
  expect(files.length).toBeGreaterThan(50);
  expect(sides.length).toBeGreaterThan(200);
  const hooked = sides.filter((file) => /^(before|after)(Each|All)\(/m.test(readFileSync(file, 'utf8')));
  expect(hooked).toEqual([]);
  // Nor do they touch what belongs to the whole process.
  const touching = [...files, ...sides].filter((file) =>
    /\bvi\.|process\.(chdir|umask|on)\(|process\.env(\.\w+|\[[^\]]+\])\s*=[^=]/.test(
      readFileSync(file, 'utf8'),
    ),
  );
  expect(touching).toEqual([]);
});
