import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';

/**
 * Whether a local file is a whole etcd snapshot: a database of 512-byte multiples followed by the SHA-256 of all
 * before it (etcd client/v3/snapshot; `etcdutl snapshot restore` checks the same). Gives what is wrong with it.
 */
export async function snapshotProblem(path: string): Promise<string | undefined> {
  const { size } = await stat(path);
  if (size < 512 + 32 || size % 512 !== 32) return `its size of ${size} bytes is not that of a snapshot`;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { end: size - 32 - 1 })) hash.update(chunk as Buffer);
  const trailer = Buffer.alloc(32);
  const file = await open(path);
  try {
    await file.read(trailer, 0, 32, size - 32);
  } finally {
    await file.close();
  }
  return hash.digest().equals(trailer) ? undefined : 'its checksum does not fit its content';
}
