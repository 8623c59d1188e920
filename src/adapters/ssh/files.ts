import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StepFailure } from '../../domain/failure.ts';
import { endWithin } from './channel-end.ts';
import { unreachable } from './connection.ts';
import { createBeginning } from './login-shell.ts';
import { guardFor, type Machine, nameAndUser, read } from './machine.ts';
import { createOutput } from './mask.ts';
import { asRoot, refusedBySudo, sudoRefused } from './sudo.ts';

const writeTimeoutSeconds = 60;

/** An etcd database of 8 GiB over a slow line. */
const downloadTimeoutSeconds = 3_600;

/**
 * Arguments: path, mode, SHA-256 of the content. The temporary name begins with a dot, because kubelet takes every other
 * file that it finds beside a static pod's manifest for a manifest too (kubeadm#2823). A content that was cut on its way
 * has another sum and never gets the name.
 */
const write = `path=$(readlink -f "$1") || path=$1
if [ -z "$path" ]; then path=$1; fi
part=$(dirname "$path")/.$(basename "$path").k8s-upgrade-bot
cat >"$part" || exit 1
if [ "$(sha256sum <"$part" | cut -c 1-64)" != "$3" ]; then rm -f "$part"; echo "cut on the way" >&2; exit 1; fi
chmod "$2" "$part" && sync "$part"
mv -f "$part" "$path" || exit 1
sync "$(dirname "$path")"
exit 0`;

/** ports/remote-host.ts, `writeFile`. Throws StepFailure command.failed with what the machine said. */
export async function writeFile(
  machine: Machine,
  path: string,
  content: string,
  mode: string,
): Promise<void> {
  if (!path.startsWith('/')) throw new RangeError(`Not an absolute path: ${path}`);
  if (!/^0[0-7]{3}$/.test(mode)) throw new RangeError(`Not a file mode in octal digits: ${mode}`);
  const sum = createHash('sha256').update(content).digest('hex');
  const outcome = await read(machine, ['sh', '-c', write, 'k8s-upgrade-bot', path, mode, sum], {
    timeoutSeconds: writeTimeoutSeconds,
    stdin: content,
  });
  if (outcome.status === 'exited' && outcome.code === 0) return;
  throw fileFailure(machine, `${path} could not be written`, outcome.stderr);
}

/**
 * ports/remote-host.ts, `download`. The file appears under its name only when it is whole: what arrived has the SHA-256
 * that the machine itself computes. Throws StepFailure command.failed (the machine cannot read it), backup.failed (it
 * cannot be written here, or the sums differ because it changed meanwhile).
 */
export async function download(
  machine: Machine,
  path: string,
  localPath: string,
): Promise<{ bytes: number; sha256: string }> {
  const part = `${localPath}.part`;
  try {
    const arrived = await fetch(machine, path, part);
    const there = await read(machine, ['sha256sum', '--', path], { timeoutSeconds: downloadTimeoutSeconds });
    // A name with a backslash or a line feed makes the line begin with a backslash.
    const sum = /^\\?([0-9a-f]{64}) /.exec(there.stdout)?.[1];
    if (sum !== arrived.sha256) {
      throw new StepFailure('backup.failed', `${path} of ${machine.node} is not what arrived here`, {
        facts: { path, arrived: arrived.sha256, there: sum ?? 'unknown' },
      });
    }
    await rename(part, localPath);
    await syncDirectory(dirname(localPath));
    return arrived;
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw error instanceof StepFailure ? error : localFailure(localPath, error);
  }
}

async function fetch(
  machine: Machine,
  path: string,
  part: string,
): Promise<{ bytes: number; sha256: string }> {
  // A leftover of an earlier try might be open to others.
  await rm(part, { force: true });
  const line = asRoot(['cat', '--', path], downloadTimeoutSeconds);
  const hash = createHash('sha256');
  const beginning = createBeginning();
  const stderr = createOutput();
  let bytes = 0;
  const end = await machine.connection.use((connection) => {
    machine.count();
    return connection.withChannel(line, async (opened) => {
      const { channel } = opened;
      const ended = endWithin(opened, guardFor(downloadTimeoutSeconds));
      channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      channel.end();
      async function* measured(chunks: AsyncIterable<Buffer>) {
        for await (const piece of chunks) {
          const chunk = beginning.push(piece);
          bytes += chunk.length;
          hash.update(chunk);
          yield chunk;
        }
      }
      await pipeline(channel, measured, createWriteStream(part, { mode: 0o600, flags: 'wx', flush: true }));
      return ended;
    });
  });
  stderr.end();
  if (end.kind === 'exited' && end.code === 0) return { bytes, sha256: hash.digest('hex') };
  if (end.kind !== 'exited')
    throw unreachable(machine.place(), `the connection was lost while ${path} was read`);
  if (refusedBySudo(end.code, stderr.text())) {
    throw sudoRefused(nameAndUser(machine), stderr.text());
  }
  throw fileFailure(machine, `${path} could not be read`, stderr.text());
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** What the machine said when it could not do something with a file. */
export function fileFailure(machine: Machine, message: string, stderr: string): StepFailure {
  // Another sum than was sent: nothing was put in place, and sending it again is safe.
  if (/^cut on the way$/m.test(stderr))
    return unreachable(machine.place(), `${message}, it was cut on the way`);
  const full = /No space left on device/.test(stderr);
  return new StepFailure(full ? 'node.disk-full' : 'command.failed', `${message} on ${machine.node}`, {
    lastWords: stderr
      .split('\n')
      .filter((line) => line !== '')
      .slice(-5),
  });
}

function localFailure(path: string, cause: unknown): StepFailure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StepFailure('backup.failed', `${path} could not be written here: ${reason}`, {
    facts: { path },
    cause,
  });
}
