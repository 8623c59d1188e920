import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The page's files by the path they are served under. */
export type Bundle = ReadonlyMap<string, Buffer>;

const here = import.meta.dirname;
const slack = path.join(here, '..');
const cacheDirectory = path.join(slack, '..', '..', '.cache', 'slack-page');

/**
 * The page, built by vite when its sources have changed since the last time.
 * @param keep whether the result is kept in .cache, so that the next start need not build.
 */
export async function bundlePage(keep: boolean): Promise<Bundle> {
  const directory = path.join(cacheDirectory, await sourceHash());
  const kept = keep ? await readBundle(directory) : undefined;
  if (kept !== undefined) return kept;
  const built = await build();
  if (keep) await writeBundle(directory, built);
  return built;
}

async function build(): Promise<Bundle> {
  // Loaded only when there is something to build: it takes a third of a second.
  const { build: viteBuild } = await import('vite');
  const result = await viteBuild({
    root: path.join(slack, 'page'),
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: 'es2024',
      cssCodeSplit: false,
      modulePreload: false,
      reportCompressedSize: false,
    },
  });
  const outputs = Array.isArray(result) ? result : 'output' in result ? [result] : [];
  const files = outputs.flatMap(({ output }) => output);
  return new Map(
    files.map((file) => [`/${file.fileName}`, Buffer.from(file.type === 'chunk' ? file.code : file.source)]),
  );
}

/** What the page is made of: its own folder, what it shares with the workspace, and the tools. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['page', 'mrkdwn', 'page-files']) {
    const names = await readdir(path.join(slack, folder), { recursive: true, withFileTypes: true });
    const files = names
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(file).update(await readFile(file));
  }
  hash.update(await readFile(path.join(slack, '..', '..', 'package.json')));
  return hash.digest('hex').slice(0, 16);
}

async function readBundle(directory: string): Promise<Bundle | undefined> {
  try {
    const names = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = names
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    if (files.length === 0) return undefined;
    return new Map(
      await Promise.all(
        files.map(async (file) => [`/${path.relative(directory, file)}`, await readFile(file)] as const),
      ),
    );
  } catch {
    return undefined;
  }
}

/** Written beside and then renamed, so that another start never reads half a page. */
async function writeBundle(directory: string, bundle: Bundle): Promise<void> {
  const beside = `${directory}.${process.pid}`;
  for (const [name, content] of bundle) {
    const file = path.join(beside, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await rename(beside, directory).catch(() => undefined);
}
