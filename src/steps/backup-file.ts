import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { StepFailure } from '../domain/failure.ts';
import type { KubernetesVersion } from '../domain/version.ts';
import type { BackupStore } from '../ports/backup-store.ts';
import type { RemoteHost } from '../ports/remote-host.ts';
import type { AttemptContext } from '../ports/step-handler.ts';
import { throwIfStopped } from './wait-until.ts';

/** A backup as it was taken. */
export interface TakenFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Where a backup lies among a run's: one that was taken before a later hop stands beside the first, not in its place. */
export function nameBefore(before: KubernetesVersion | undefined, name: string): string {
  return before === undefined ? name : `before-${before}/${name}`;
}

/**
 * A backup is sealed, once it is whole and recorded, with a file beside it in the form of sha256sum(1). What has a seal
 * that fits is never taken again: after the first change to the node it could no longer show the state before.
 */
export async function sealedBackup(
  backups: BackupStore,
  context: Pick<AttemptContext, 'cluster' | 'run'>,
  name: string,
): Promise<TakenFile | undefined> {
  const path = await backups.pathFor(context.cluster, context.run, name);
  const file = await backups.inspect(path);
  if (!file) return undefined;
  const seal = await backups.inspect(await backups.pathFor(context.cluster, context.run, sealName(name)));
  const expected = createHash('sha256').update(sealText(name, file.sha256)).digest('hex');
  return seal?.sha256 === expected ? { path, ...file } : undefined;
}

/** Records the backup, then seals it: a crash between the two takes and records it again. */
export async function recordAndSeal(
  backups: BackupStore,
  context: AttemptContext,
  name: string,
  kind: Parameters<AttemptContext['recordBackup']>[0]['kind'],
  file: TakenFile,
): Promise<void> {
  await context.recordBackup({ kind, ...file });
  await backups.writeText(context.cluster, context.run, sealName(name), sealText(name, file.sha256));
}

const sealName = (name: string) => `${name}.sha256`;
const sealText = (name: string, sha256: string) => `${sha256}  ${basename(name)}\n`;

/**
 * Fetches a file that an act has just made. One that is not there any more was fetched by another process, which had
 * lost its lease in the middle: the next attempt finds that one's backup, or makes the file anew.
 */
export async function fetchBackup(
  host: Pick<RemoteHost, 'node' | 'download'>,
  remote: string,
  path: string,
  signal: AbortSignal,
): Promise<TakenFile> {
  try {
    const file = await host.download(remote, path);
    throwIfStopped(signal);
    return { path, ...file };
  } catch (error) {
    if (!(error instanceof StepFailure) || error.code !== 'command.failed') throw error;
    throw new StepFailure('backup.failed', error.message, {
      facts: { node: host.node, ...error.facts },
      lastWords: error.lastWords,
      cause: error,
    });
  }
}

/** A size for people: `2.3 MB`. */
export function readableSize(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1_000)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
