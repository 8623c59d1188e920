import { accessSync, constants, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux's file system in memory. */
const memory = '/dev/shm';
const leastFree = 1024 ** 3;

/**
 * Makes a directory for a database. Tests commit thousands of times, each synced to the disk, and that was half of their
 * time; in memory a sync costs nothing. A process that is killed leaves the same behind in either: only a power cut would
 * not, which no test has.
 */
export function databaseDirectory(prefix: string): string {
  return mkdtempSync(join(hasRoom(memory) ? memory : tmpdir(), prefix));
}

function hasRoom(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= leastFree;
  } catch {
    return false;
  }
}
