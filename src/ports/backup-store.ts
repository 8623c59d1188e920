import type { ClusterName, RunId } from '../domain/names.ts';

/** Where backups are kept, off the nodes. Names are relative paths of plain segments, `nodes/cp-1.tar.gz`. */
export interface BackupStore {
  /** The absolute local path for a backup of a run; its directory is there (0700) afterwards. */
  pathFor(cluster: ClusterName, run: RunId, name: string): Promise<string>;
  /** Writes a text backup (0600) durably; gives its path, size and SHA-256. */
  writeText(
    cluster: ClusterName,
    run: RunId,
    name: string,
    content: string,
  ): Promise<{ path: string; bytes: number; sha256: string }>;
  /** A text backup as it lies there; undefined when it is missing. */
  readText(path: string): Promise<string | undefined>;
  /** A backup of any kind, whole: for small ones. */
  readBytes(path: string): Promise<Uint8Array | undefined>;
  /** Size and SHA-256 of a backup as it lies there; undefined when it is missing. */
  inspect(path: string): Promise<{ bytes: number; sha256: string } | undefined>;
  /** Removes whole backups of a cluster beyond the newest ones that policy keeps; never this run's, nor of `keep`. */
  prune(cluster: ClusterName, run: RunId, keep?: readonly RunId[]): Promise<void>;
}
