import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHostKeyCheck } from '../../../src/adapters/ssh/host-key-check.ts';

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'host-key-check-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** A host key as it comes over the wire: its type with a length before it, then what nobody here reads. */
function blob(type: string, rest = 'key'): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(`${type}${rest}`)]);
}

async function checkWith(text: string | undefined) {
  const knownHosts = join(await temporaryDirectory(), 'known_hosts');
  if (text !== undefined) await writeFile(knownHosts, text);
  return createHostKeyCheck({ name: 'cp-1', host: '10.0.0.1', port: 22, knownHosts });
}
const line = (key: Buffer, type: string) => `10.0.0.1 ${type} ${key.toString('base64')}\n`;

test('a file that is there and cannot be read lets nobody in, and is not taken for an empty one', async () => {
  const knownHosts = join(await temporaryDirectory(), 'known_hosts');
  await mkdir(knownHosts);
  const check = createHostKeyCheck({ name: 'cp-1', host: '10.0.0.1', port: 22, knownHosts });
  await expect(check).rejects.toMatchObject({
    code: 'ssh.host-key-unknown',
    message: expect.stringContaining('cannot be read'),
  });
});

test.each([
  ['ssh-ed25519', 'ssh_host_ed25519_key.pub'],
  ['ssh-rsa', 'ssh_host_rsa_key.pub'],
  ['ecdsa-sha2-nistp256', 'ssh_host_ecdsa_key.pub'],
])('an unknown key of type %s is to be compared with the file that sshd keeps it in', async (type, file) => {
  const check = await checkWith('');
  expect(check.verify(blob(type))).toBe(false);
  expect(check.refusal()?.message).toContain(`/etc/ssh/${file}`);
  expect(check.refusal()?.message).not.toContain('@cert-authority');
});

test('a key that is accepted after another was refused leaves no refusal behind', async () => {
  const good = blob('ssh-ed25519');
  const check = await checkWith(line(good, 'ssh-ed25519'));
  expect(check.types).toEqual(['ssh-ed25519']);
  expect(check.verify(blob('ssh-ed25519', 'another'))).toBe(false);
  expect(check.refusal()).toMatchObject({ code: 'ssh.host-key-changed' });
  expect(check.verify(good)).toBe(true);
  expect(check.refusal()).toBeUndefined();
});
