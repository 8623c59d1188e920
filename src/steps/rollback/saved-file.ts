import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { z } from 'zod';
import { StepFailure } from '../../domain/failure.ts';
import type { SavedFile } from '../../domain/rollback.ts';
import { type ArchivedFile, readNodeArchive } from '../../node/node-archive.ts';
import type { BackupStore } from '../../ports/backup-store.ts';

type Store = Pick<BackupStore, 'readBytes'>;

/** A file of a backup, exactly as it was sealed: what is summed up is what is used. Throws `backup.corrupt`. */
async function savedBytes(backups: Store, saved: SavedFile): Promise<Uint8Array> {
  const bytes = await backups.readBytes(saved.path);
  if (bytes === undefined) throw unusable(saved, 'is not there any more');
  const sum = createHash('sha256').update(bytes).digest('hex');
  if (sum !== saved.sha256) throw unusable(saved, 'is not what was saved', { found: sum });
  return bytes;
}

/** The files of a node as a backup has them. */
export async function savedNodeFiles(backups: Store, saved: SavedFile): Promise<Map<string, ArchivedFile>> {
  const bytes = await savedBytes(backups, saved);
  try {
    return await readNodeArchive(bytes);
  } catch (cause) {
    throw unusable(saved, 'cannot be unpacked', {}, cause);
  }
}

/** A backup in JSON. */
export async function savedJson<Schema extends z.ZodType>(
  backups: Store,
  saved: SavedFile,
  schema: Schema,
): Promise<z.output<Schema>> {
  const bytes = await savedBytes(backups, saved);
  try {
    return schema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw unusable(saved, 'is not of the form that it was saved in', {}, cause);
  }
}

/** The failure of a backup that cannot be put back. */
export function unusable(
  saved: SavedFile,
  problem: string,
  facts: Record<string, string> = {},
  cause?: unknown,
): StepFailure {
  return new StepFailure(
    'backup.corrupt',
    `The backup ${basename(saved.path)} of run ${saved.run} ${problem}.`,
    {
      facts: { path: saved.path, sealed: saved.sha256, ...facts },
      cause,
    },
  );
}
