import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { StepFailure } from '../../../src/domain/failure.ts';
import { failureFrom } from './support/failure.ts';
import { hostsOn, lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(!hasSshd)('a machine whose key known_hosts does not vouch for', () => {
  let sshd: Sshd;
  let trusted = '';
  let fingerprint = '';
  const keygen = (...args: string[]) =>
    execFileSync('ssh-keygen', args, { cwd: sshd.directory, encoding: 'utf8' });

  beforeAll(async () => {
    sshd = await startSshd();
    trusted = await readFile(sshd.knownHosts, 'utf8');
    fingerprint = keygen('-l', '-f', 'host_key.pub').split(' ')[1] ?? '';
    keygen('-q', '-t', 'ed25519', '-N', '', '-f', 'other_key');
    keygen('-q', '-t', 'ecdsa', '-N', '', '-f', 'ecdsa_key');
  });
  afterEach(() => writeFile(sshd.knownHosts, trusted));
  afterAll(() => sshd.dispose());

  const connect = async () => {
    const hosts = hostsOn(sshd);
    try {
      return await hosts.hostOf(lab, node).read(['true']);
    } finally {
      hosts.close();
    }
  };
  const entryOf = async (file: string) =>
    `[127.0.0.1]:${sshd.port} ${(await readFile(join(sshd.directory, file), 'utf8')).split(' ').slice(0, 2).join(' ')}\n`;

  test('is refused when it is not in the file, and the way that the message names lets it in', async () => {
    await writeFile(sshd.knownHosts, '');
    const failure = await failureFrom(connect());
    expect(failure).toMatchObject({
      code: 'ssh.host-key-unknown',
      retry: 'halt',
      facts: { node, host: '127.0.0.1', keyType: 'ssh-ed25519', fingerprint },
    });
    expect(failure.message).toContain(fingerprint);
    expect(failure.message).toContain(failure.facts['accept']);
    execFileSync('sh', ['-c', failure.facts['accept'] ?? '']);
    expect(await connect()).toMatchObject({ status: 'exited', code: 0 });
  });

  test('is refused when the file is not there', async () => {
    await rm(sshd.knownHosts);
    const failure = await failureFrom(connect());
    expect(failure.code).toBe('ssh.host-key-unknown');
    expect(failure.message).toContain('does not exist');
  });

  test('is refused when its key has changed, and the way that the message names lets it in', async () => {
    await writeFile(sshd.knownHosts, await entryOf('other_key.pub'));
    const failure = await failureFrom(connect());
    expect(failure).toMatchObject({ code: 'ssh.host-key-changed', retry: 'halt', facts: { fingerprint } });
    execFileSync('sh', ['-c', failure.facts['accept'] ?? ''], { stdio: 'ignore' });
    expect(await connect()).toMatchObject({ status: 'exited', code: 0 });
  });

  test('is refused with its fingerprint when its key is now of another type', async () => {
    await writeFile(sshd.knownHosts, await entryOf('ecdsa_key.pub'));
    expect(await failureFrom(connect())).toMatchObject({
      code: 'ssh.host-key-changed',
      facts: { fingerprint, keyType: 'ssh-ed25519' },
    });
  });

  test('is refused when its key is revoked, even if another line has it', async () => {
    await writeFile(sshd.knownHosts, `${trusted}@revoked * ${await sshd.hostKey()}\n`);
    const failure = await failureFrom(connect());
    expect(failure).toMatchObject({ code: 'ssh.host-key-revoked', facts: { fingerprint, line: '2' } });
    expect(failure.facts['accept']).toBeUndefined();
  });

  test('is told that a certificate authority does not count', async () => {
    await writeFile(sshd.knownHosts, `@cert-authority * ${await sshd.hostKey()}\n`);
    const failure = await failureFrom(connect());
    expect(failure.code).toBe('ssh.host-key-unknown');
    expect(failure.message).toContain('certificates are not supported');
  });

  test('is let in by a hashed line', async () => {
    keygen('-q', '-H', '-f', 'known_hosts');
    expect(await readFile(sshd.knownHosts, 'utf8')).not.toContain('127.0.0.1');
    expect(await connect()).toMatchObject({ code: 0 });
  });

  test('gets nothing of ours before its key is checked', async () => {
    await writeFile(sshd.knownHosts, '');
    const hosts = hostsOn(sshd);
    await expect(hosts.hostOf(lab, node).read(['true'])).rejects.toBeInstanceOf(StepFailure);
    expect(hosts.uses()).toEqual([{ cluster: lab, node, connects: 0, commands: 0 }]);
    hosts.close();
  });
});
