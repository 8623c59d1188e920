import { gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';

/** A regular file of a node's archive. */
export interface ArchivedFile {
  /** Absolute, `/var/lib/kubelet/config.yaml`. */
  readonly path: string;
  /** Octal digits, `0644`. */
  readonly mode: string;
  readonly text: string;
}

/**
 * The text files of an archive as archiveCommand packs it, by their absolute paths. Links and directories are left out,
 * and so is what is not UTF-8. Throws for what is no such archive.
 */
export async function readNodeArchive(bytes: Uint8Array): Promise<Map<string, ArchivedFile>> {
  const entries = await unpackTar(gunzipSync(bytes), { strict: true });
  const files = new Map<string, ArchivedFile>();
  for (const { header, data } of entries) {
    if (header.type !== 'file') continue;
    const text = textOf(data ?? new Uint8Array());
    if (text === undefined) continue;
    const path = `/${header.name.replace(/^(\.?\/)+/, '')}`;
    files.set(path, { path, mode: modeOf(header.mode), text });
  }
  return files;
}

function textOf(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}

/** Never set-uid and the like: these are files of settings. */
function modeOf(mode: number | undefined): string {
  return ((mode ?? 0o600) & 0o777).toString(8).padStart(4, '0');
}
