import { open } from 'node:fs/promises';
import type { LocalFiles } from '../../ports/local-files.ts';

/** Far more than the largest manifest that an API server would take piece by piece. */
const largestFile = 16 * 1024 * 1024;

/** ports/local-files.ts, on the real file system. */
export const localFiles: LocalFiles = {
  async readText(path) {
    try {
      await using file = await open(path, 'r');
      const found = await file.stat();
      if (!found.isFile() || found.size > largestFile) return undefined;
      return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
    } catch (error) {
      // Whoever asked says what it means that there is nothing to read; anything but a file error is a bug.
      if (error instanceof TypeError || (error instanceof Error && 'code' in error)) return undefined;
      throw error;
    }
  },
};
