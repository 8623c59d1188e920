import { execFileSync, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SshConfig } from '../../../src/config.ts';
import { failureFrom } from './support/failure.ts';
import { hostsOn, lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(!hasSshd)('logging in', () => {
  let sshd: Sshd;
  let passphrase = '';
  beforeAll(async () => {
    sshd = await startSshd({ passphrase: 'correct horse' });
    passphrase = join(sshd.directory, 'passphrase');
    await writeFile(passphrase, 'correct horse\n');
  });
  afterAll(() => sshd.dispose());

  const tryLogin = async (ssh: Partial<SshConfig>, agentSocket?: string) => {
    const hosts = hostsOn(sshd, { ssh, ...(agentSocket === undefined ? {} : { agentSocket }) });
    try {
      return await hosts.hostOf(lab, node).read(['true']);
    } finally {
      hosts.close();
    }
  };

  test('a key file with its passphrase from a file that ends with a line feed', async () => {
    expect(await tryLogin({ passphrase: { file: passphrase } })).toMatchObject({ code: 0 });
  });

  test('a wrong or missing passphrase is said before anything is sent', async () => {
    await writeFile(`${passphrase}.wrong`, 'wrong');
    const wrong = await failureFrom(tryLogin({ passphrase: { file: `${passphrase}.wrong` } }));
    const missing = await failureFrom(tryLogin({}));
    for (const failure of [wrong, missing]) {
      expect(failure).toMatchObject({ code: 'ssh.authentication-failed', retry: 'halt' });
      expect(failure.message).toContain(sshd.clientKey);
      expect(failure.message).not.toContain('correct horse');
    }
  });

  test('a key file that is not there', async () => {
    const failure = await failureFrom(tryLogin({ privateKey: { file: '/nowhere/key' } }));
    expect(failure).toMatchObject({ code: 'ssh.authentication-failed' });
    expect(failure.message).toContain('/nowhere/key');
  });

  test('a key that the machine does not know', async () => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(sshd.directory, 'stranger')]);
    const failure = await failureFrom(tryLogin({ privateKey: { file: join(sshd.directory, 'stranger') } }));
    expect(failure).toMatchObject({
      code: 'ssh.authentication-failed',
      retry: 'halt',
      facts: { user: sshd.user, host: '127.0.0.1' },
    });
  });

  test('an agent, by its path or by SSH_AUTH_SOCK', async () => {
    const socket = join(sshd.directory, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      const askpass = join(sshd.directory, 'askpass');
      await writeFile(askpass, '#!/bin/sh\necho correct horse\n', { mode: 0o755 });
      await expect.poll(() => addKey(sshd.clientKey, socket, askpass), { timeout: 5_000 }).toBe(true);
      expect(await tryLogin(withoutKey({ agent: socket }))).toMatchObject({ code: 0 });
      expect(await tryLogin(withoutKey({ agent: 'env' }), socket)).toMatchObject({ code: 0 });
    } finally {
      agent.kill();
    }
  });

  test('an agent that is not there', async () => {
    const gone = await failureFrom(tryLogin(withoutKey({ agent: '/nowhere/agent' })));
    expect(gone).toMatchObject({ code: 'ssh.authentication-failed', facts: { agent: '/nowhere/agent' } });
    const unset = await failureFrom(tryLogin(withoutKey({ agent: 'env' })));
    expect(unset.message).toContain('SSH_AUTH_SOCK');
  });
});

/** hostsOn fills in a key file unless told that there is none. */
const withoutKey = (ssh: Partial<SshConfig>): Partial<SshConfig> => ({
  ...ssh,
  privateKey: undefined,
});

function addKey(key: string, socket: string, askpass: string): boolean {
  try {
    const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
    execFileSync('ssh-add', ['-q', key], { env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
