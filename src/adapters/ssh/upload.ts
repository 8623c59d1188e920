import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { StepFailure } from '../../domain/failure.ts';
import { endWithin } from './channel-end.ts';
import { unreachable } from './connection.ts';
import { fileFailure } from './files.ts';
import { guardFor, type Machine, nameAndUser, read } from './machine.ts';
import { createOutput } from './mask.ts';
import { asRoot, refusedBySudo, sudoRefused } from './sudo.ts';

/** An etcd database of 8 GiB over a slow line. */
const timeoutSeconds = 3_600;

/** Arguments: path, mode, SHA-256. What was cut on its way has another sum and never gets the name. */
const receive = `part=$1.part
umask 077
cat >"$part" || exit 1
if [ "$(sha256sum <"$part" | cut -c 1-64)" != "$3" ]; then rm -f "$part"; echo "cut on the way" >&2; exit 1; fi
chmod "$2" "$part" && sync "$part" && mv -f "$part" "$1" && sync "$(dirname "$1")"`;

const present = `[ -f "$1" ] && [ "$(sha256sum <"$1" | cut -c 1-64)" = "$3" ] && chmod "$2" "$1"`;

/**
 * ports/remote-host.ts, `upload`. Throws StepFailure command.failed or node.disk-full with what the machine said,
 * backup.corrupt when the local file cannot be read.
 */
export async function upload(
  machine: Machine,
  localPath: string,
  path: string,
  mode: string,
): Promise<{ bytes: number; sha256: string }> {
  if (!path.startsWith('/')) throw new RangeError(`Not an absolute path: ${path}`);
  if (!/^0[0-7]{3}$/.test(mode)) throw new RangeError(`Not a file mode in octal digits: ${mode}`);
  const file = await measure(localPath);
  const parameters = ['k8s-upgrade-bot', path, mode, file.sha256];
  const found = await read(machine, ['sh', '-c', present, ...parameters], { timeoutSeconds });
  if (found.status !== 'exited' || found.code !== 0) {
    await send(machine, localPath, path, asRoot(['sh', '-c', receive, ...parameters], timeoutSeconds));
  }
  return file;
}

async function send(machine: Machine, localPath: string, path: string, line: string): Promise<void> {
  const stderr = createOutput();
  const end = await machine.connection.use((connection) => {
    machine.count();
    return connection.withChannel(line, async (opened) => {
      const { channel } = opened;
      const ended = endWithin(opened, guardFor(timeoutSeconds));
      channel.on('data', () => undefined);
      channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      // A machine that ends before it has read everything tells why by its status and its words.
      await Promise.race([pipeline(createReadStream(localPath), channel).catch(() => undefined), ended]);
      return ended;
    });
  });
  stderr.end();
  if (end.kind === 'exited' && end.code === 0) return;
  if (end.kind !== 'exited')
    throw unreachable(machine.place(), `the connection was lost while ${path} was written`);
  if (refusedBySudo(end.code, stderr.text())) {
    throw sudoRefused(nameAndUser(machine), stderr.text());
  }
  throw fileFailure(machine, `${path} could not be written`, stderr.text());
}

async function measure(localPath: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(localPath)) {
      bytes += (chunk as Buffer).length;
      hash.update(chunk as Buffer);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StepFailure('backup.corrupt', `${localPath} could not be read here: ${reason}`, {
      facts: { path: localPath },
      cause,
    });
  }
  return { bytes, sha256: hash.digest('hex') };
}
