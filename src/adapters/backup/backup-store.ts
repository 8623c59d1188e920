import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StepFailure } from '../../domain/failure.ts';
import type { ClusterName, RunId } from '../../domain/names.ts';
import type { BackupStore } from '../../ports/backup-store.ts';

export interface BackupPlace {
  readonly directory: string;
  readonly keep: number;
}

/**
 * Backups in a local directory, `<directory>/<cluster>/<run>/<name>`, readable by the bot's user alone: they hold keys
 * of the cluster.
 * @param placeOf the directory of a cluster, and how many of its runs keep their backups; or one for all clusters
 */
export function createBackupStore(
  placeOf: BackupPlace | ((cluster: ClusterName) => BackupPlace),
): BackupStore {
  const place = (cluster: ClusterName) => (typeof placeOf === 'function' ? placeOf(cluster) : placeOf);
  const clusterDirectory = (cluster: ClusterName) => join(resolve(place(cluster).directory), cluster);
  const runDirectory = (cluster: ClusterName, run: RunId) => join(clusterDirectory(cluster), run);

  const pathFor = async (cluster: ClusterName, run: RunId, name: string): Promise<string> => {
    const path = join(runDirectory(cluster, run), ...segmentsOf(name));
    await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(asFailure(path));
    return path;
  };

  return {
    pathFor,
    async writeText(cluster, run, name, content) {
      const path = await pathFor(cluster, run, name);
      await writeDurably(path, content).catch(asFailure(path));
      return { path, bytes: Buffer.byteLength(content), sha256: sha256Of(content) };
    },
    async readText(path) {
      return readFile(path, 'utf8').catch(unlessMissing);
    },
    async readBytes(path) {
      return readFile(path).catch(unlessMissing);
    },
    async inspect(path) {
      const found = await stat(path).catch(unlessMissing);
      if (!found?.isFile()) return undefined;
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
      return { bytes: found.size, sha256: hash.digest('hex') };
    },
    async prune(cluster, run, keep = []) {
      const directory = clusterDirectory(cluster);
      const entries = (await readdir(directory, { withFileTypes: true }).catch(unlessMissing)) ?? [];
      const others = await Promise.all(
        entries
          .filter(({ name }) => name !== run && !keep.some((kept) => kept === name))
          .filter((entry) => entry.isDirectory())
          .map(async ({ name }) => ({
            path: join(directory, name),
            takenAt: (await stat(join(directory, name))).mtimeMs,
          })),
      );
      const surplus = others
        .toSorted((a, b) => b.takenAt - a.takenAt)
        .slice(Math.max(0, place(cluster).keep - 1));
      for (const { path } of surplus) await rm(path, { recursive: true, force: true });
    },
  };
}

/** Relative paths of plain segments only: names are made from node names, and must not lead out of the directory. */
function segmentsOf(name: string): string[] {
  const segments = name.split('/');
  const isPlain = segments.every((segment) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(segment));
  if (!isPlain) throw new RangeError(`Not a name for a backup: ${JSON.stringify(name)}`);
  return segments;
}

/** There whole or not at all, also after a power cut. */
async function writeDurably(path: string, content: string): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.part`);
  const file = await open(part, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

/** The bot's own disk is full, read-only or not its own. */
const asFailure = (path: string) => (cause: unknown) => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new StepFailure('backup.failed', `A backup could not be written here: ${reason}.`, {
    facts: { path },
    cause,
  });
};

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
