import { createHash } from 'node:crypto';
import type { Snapshot } from '../domain/snapshot.ts';
import type { LocalFiles } from '../ports/local-files.ts';

/** Size and SHA-256 of the manifests of configured add-ons; those that cannot be read are left out. */
export async function readManifests(
  paths: readonly string[],
  files: LocalFiles,
): Promise<NonNullable<Snapshot['manifests']>> {
  const read = await Promise.all(
    [...new Set(paths)].map(async (path) => {
      const text = await files.readText(path);
      if (text === undefined) return [];
      const sha256 = createHash('sha256').update(text).digest('hex');
      return [[path, { bytes: Buffer.byteLength(text), sha256 }] as const];
    }),
  );
  return Object.fromEntries(read.flat());
}
