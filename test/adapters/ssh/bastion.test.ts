import { writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SshConfig } from '../../../src/config.ts';
import type { NodeName } from '../../../src/domain/names.ts';
import { failureFrom } from './support/failure.ts';
import { hostsOn, lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(!hasSshd)('through a bastion', () => {
  let machine: Sshd;
  let bastion: Sshd;
  beforeAll(async () => {
    [machine, bastion] = await Promise.all([startSshd(), startSshd()]);
  });
  const known = async () =>
    [
      `[127.0.0.1]:${machine.port} ${await machine.hostKey()}`,
      `[127.0.0.1]:${bastion.port} ${await bastion.hostKey()}`,
      '',
    ].join('\n');
  const through = async () => {
    const login: NonNullable<SshConfig['bastion']> = {
      host: '127.0.0.1',
      port: bastion.port,
      user: bastion.user,
      privateKey: { file: bastion.clientKey },
    };
    return hostsOn(machine, { ssh: { bastion: login } });
  };
  afterEach(async () =>
    writeFile(machine.knownHosts, `[127.0.0.1]:${machine.port} ${await machine.hostKey()}\n`),
  );
  afterAll(async () => {
    await Promise.all([machine.dispose(), bastion.dispose()]);
  });

  test('a machine is reached, and its own key is checked', async () => {
    await writeFile(machine.knownHosts, await known());
    const hosts = await through();
    try {
      const outcome = await hosts.hostOf(lab, node).read(['sh', '-c', 'echo "$FAKE_UNITS"']);
      expect(outcome.stdout).toContain(machine.directory);
    } finally {
      hosts.close();
    }
    await writeFile(machine.knownHosts, `[127.0.0.1]:${bastion.port} ${await bastion.hostKey()}\n`);
    const strict = await through();
    expect(await failureFrom(strict.hostOf(lab, node).read(['true']))).toMatchObject({
      code: 'ssh.host-key-unknown',
      facts: { node, port: String(machine.port) },
    });
    strict.close();
  });

  test("the bastion's own key is checked first", async () => {
    const hosts = await through();
    const failure = await failureFrom(hosts.hostOf(lab, node).read(['true']));
    expect(failure).toMatchObject({ code: 'ssh.host-key-unknown', facts: { port: String(bastion.port) } });
    expect(failure.message).toContain('bastion');
    hosts.close();
  });

  test('machines share its connection, and come back after it broke', async () => {
    await writeFile(machine.knownHosts, await known());
    const hosts = await through();
    try {
      const names = ['node-1', 'node-2', 'node-3'] as NodeName[];
      const readAll = () => Promise.all(names.map((name) => hosts.hostOf(lab, name).read(['true'])));
      await readAll();
      bastion.cutConnections();
      await expect
        .poll(
          () =>
            readAll().then(
              (all) => all.length,
              () => 0,
            ),
          { timeout: 10_000 },
        )
        .toBe(3);
      expect(hosts.uses().map((use) => use.connects)).toEqual([2, 2, 2]);
    } finally {
      hosts.close();
    }
  });

  test('a machine that the bastion cannot reach is unreachable', async () => {
    await writeFile(machine.knownHosts, await known());
    await machine.stop();
    const hosts = await through();
    try {
      const failure = await failureFrom(hosts.hostOf(lab, node).read(['true']));
      expect(failure).toMatchObject({ code: 'ssh.unreachable', retry: 'transient' });
      expect(failure.message).toContain('bastion');
    } finally {
      hosts.close();
      await machine.start();
    }
  });
});
