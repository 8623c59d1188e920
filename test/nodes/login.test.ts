import { execFileSync, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import type { SshConfig } from '../../src/config.ts';
import type { RemoteHost } from '../../src/ports/remote-host.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { addressOf, gateway } from './support/network.ts';
import { type LabNode, startNode } from './support/node.ts';
import { until } from './support/shell.ts';

const base = inject('base');

describe.skipIf(base === '')('logging in to real machines', () => {
  let node: LabNode;
  let bastion: LabNode;
  let ssh: SshConfig;
  beforeAll(async () => {
    [node, bastion] = await Promise.all([
      startNode(base, 'kub-node', 12),
      startNode(base, 'kub-bastion', 13),
    ]);
    ssh = await configFor([node, bastion]);
  });
  afterAll(async () => {
    await Promise.all([node?.dispose(), bastion?.dispose()]);
  });

  const withHost = async <T>(
    work: (host: RemoteHost, hosts: RemoteHosts) => Promise<T>,
    config: Partial<SshConfig> = {},
  ) => {
    const hosts = hostsFor([node, bastion], { ...ssh, ...config });
    try {
      return await work(hosts.hostOf(lab, nameOf(node)), hosts);
    } finally {
      hosts.close();
    }
  };

  test('the one rule of sudo suffices, and what it allows can be seen', async () => {
    await withHost(async (host, hosts) => {
      const { lines } = await hosts.checkSudo(lab, nameOf(node));
      expect(lines.join('\n')).toContain('(root) NOPASSWD: /usr/bin/timeout');
      expect(await host.read(['id', '-un'])).toMatchObject({ stdout: 'root\n' });
    });
  });

  test('bytes pass through sudo as they are, in both directions', async () => {
    await withHost(async (host) => {
      const text = `grüße\r\n\u0003\u0004€\t${'ä'.repeat(70_000)}\n`;
      const outcome = await host.read(
        ['sh', '-c', 'cat >/tmp/text; sha256sum </tmp/text; printf "\\r\\nü\\003" >&2'],
        { stdin: text },
      );
      const sum = execFileSync('sha256sum', { input: text, encoding: 'utf8' });
      expect(outcome).toEqual({ status: 'exited', code: 0, stdout: sum, stderr: '\r\nü\u0003' });
    });
  });

  test('a remote timeout ends what takes long, and kills what does not listen', async () => {
    await withHost(async (host) => {
      const deaf = ['sh', '-c', 'trap "" TERM; echo begun; while :; do sleep 1; done'] as const;
      const outcomes = await Promise.all([
        host.read(['sleep', '60'], { timeoutSeconds: 1 }),
        host.read(deaf, { timeoutSeconds: 1 }),
      ]);
      expect(outcomes).toMatchObject([{ status: 'timed-out' }, { status: 'timed-out', stdout: 'begun\n' }]);
      expect(await host.read(['sh', '-c', 'kill -KILL $$'])).toMatchObject({ status: 'exited', code: 137 });
    });
    expect(await node.sh('pgrep -x sleep || echo none')).toBe('none\n');
  });

  const usualRule = 'upgrader ALL=(root) NOPASSWD: /usr/bin/timeout';
  test.each([
    ['no rule', 'rm -f /etc/sudoers.d/k8s-upgrade-bot', usualRule],
    [
      'a rule that asks for a password',
      'echo "upgrader ALL=(root) /usr/bin/timeout" >/etc/sudoers.d/k8s-upgrade-bot',
      usualRule,
    ],
    [
      'a rule for another program',
      'echo "upgrader ALL=(root) NOPASSWD: /usr/bin/true" >/etc/sudoers.d/k8s-upgrade-bot',
      usualRule,
    ],
    [
      'a rule that wants a terminal',
      `printf "Defaults requiretty\\n${usualRule}\\n" >/etc/sudoers.d/k8s-upgrade-bot`,
      'Defaults:upgrader !requiretty',
    ],
    ['no sudo at all', 'mv /usr/bin/sudo /usr/bin/sudo.away', usualRule],
  ])('%s is a failure that names the rule', async (_, breakIt, rule) => {
    await node.sh(`cp /etc/sudoers.d/k8s-upgrade-bot /root/rule; ${breakIt}`);
    try {
      await withHost(async (host, hosts) => {
        const failure = {
          code: 'sudo.refused',
          retry: 'halt',
          facts: { rule },
        };
        await expect(host.read(['true'])).rejects.toMatchObject(failure);
        await expect(
          host.act({ base: 'x', attempt: 1, argv: ['true'], waitSeconds: 60 }),
        ).rejects.toMatchObject(failure);
        await expect(hosts.checkSudo(lab, nameOf(node))).rejects.toMatchObject(failure);
      });
    } finally {
      await node.sh(
        '[ -e /usr/bin/sudo ] || mv /usr/bin/sudo.away /usr/bin/sudo; cp /root/rule /etc/sudoers.d/k8s-upgrade-bot',
      );
    }
  });

  test('a machine that was given new keys is refused, until its new key is accepted', async () => {
    const read = () => withHost((host) => host.read(['true']));
    await read();
    await node.sh(
      'cd /etc/ssh; mkdir /root/old; mv ssh_host_* /root/old; ssh-keygen -A; systemctl restart ssh',
    );
    try {
      const failure = await read().catch((error: unknown) => error);
      const shown = (await node.sh('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1];
      expect(failure).toMatchObject({
        code: 'ssh.host-key-changed',
        retry: 'halt',
        facts: { node: node.name, fingerprint: shown, host: node.address },
      });
      execFileSync('sh', ['-c', (failure as { facts: Record<string, string> }).facts['accept'] ?? ''], {
        stdio: 'ignore',
      });
      expect(await read()).toMatchObject({ code: 0 });
    } finally {
      await node.sh('cd /etc/ssh; rm ssh_host_*; mv /root/old/* .; rmdir /root/old; systemctl restart ssh');
      ssh = await configFor([node, bastion]);
    }
  });

  test('an unknown and a revoked key are refused', async () => {
    const { knownHosts } = ssh;
    await writeFile(knownHosts, `${bastion.address} ${bastion.hostKey}\n`);
    await expect(withHost((host) => host.read(['true']))).rejects.toMatchObject({
      code: 'ssh.host-key-unknown',
    });
    await writeFile(knownHosts, `${node.address} ${node.hostKey}\n@revoked * ${node.hostKey}\n`);
    await expect(withHost((host) => host.read(['true']))).rejects.toMatchObject({
      code: 'ssh.host-key-revoked',
    });
    ssh = await configFor([node, bastion]);
  });

  test('a machine behind a bastion is reached, its own key checked, and lost when the bastion is', async () => {
    // From here the machine itself cannot be reached at all.
    await node.sh(
      `ip addr add 10.79.0.2/24 dev host0; printf 'ListenAddress 10.79.0.2\\nListenAddress ${node.address}\\n' >/etc/ssh/sshd_config.d/x.conf; systemctl restart ssh`,
    );
    await bastion.sh('ip addr add 10.79.0.1/24 dev host0');
    await writeFile(ssh.knownHosts, `${bastion.address} ${bastion.hostKey}\n10.79.0.2 ${node.hostKey}\n`);
    const way = { host: bastion.address, port: 22, user: ssh.user, privateKey: { file: bastion.botKey } };
    const inside = { ...node, address: '10.79.0.2' };
    const hosts = hostsFor([inside], { ...ssh, bastion: way });
    try {
      const host = hosts.hostOf(lab, nameOf(node));
      expect(await host.read(['hostname'])).toMatchObject({ stdout: `${node.name}\n` });
      const act = {
        base: 'behind',
        attempt: 1,
        argv: ['sh', '-c', 'until [ -e /root/go-on ]; do sleep 0.1; done; echo "fertig ✓"'] as const,
        waitSeconds: 120,
      };
      const following = host.act(act);
      await until('the act to run', () => node.sh('systemctl is-active k8s-upgrade-bot-behind-1'), {
        withinMs: 60_000,
      });
      await bastion.sh('pkill -KILL -f "^sshd[^ ]*: upgrader"');
      await node.sh('touch /root/go-on');
      expect(await following).toEqual({ status: 'exited', code: 0, output: 'fertig ✓\n' });
    } finally {
      hosts.close();
    }
    const strict = { ...ssh, bastion: way };
    await writeFile(ssh.knownHosts, `${bastion.address} ${bastion.hostKey}\n`);
    const refused = hostsFor([inside], strict);
    await expect(refused.hostOf(lab, nameOf(node)).read(['true'])).rejects.toMatchObject({
      code: 'ssh.host-key-unknown',
      facts: { host: '10.79.0.2' },
    });
    refused.close();
    ssh = await configFor([node, bastion]);
  });

  test('an agent lends the key', async () => {
    const socket = `${ssh.knownHosts}.agent`;
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      const add = async () =>
        execFileSync('ssh-add', ['-q', node.botKey], { env, stdio: 'ignore' }) && undefined;
      await until('the agent', () => add().then(() => true), { withinMs: 60_000 });
      const byAgent = { ...ssh, agent: socket, privateKey: undefined };
      expect(await withHost((host) => host.read(['true']), byAgent)).toMatchObject({ code: 0 });
    } finally {
      agent.kill();
    }
  });

  test('a key with a passphrase from a file opens another port than 22, until the machine revokes it', async () => {
    const key = `${ssh.knownHosts}.locked`;
    const words = 'ein Satz mit Leerzeichen ✓';
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', words, '-C', '', '-f', key]);
    await writeFile(`${key}.words`, `${words}\n`);
    const known = `[${node.address}]:2222 ${node.hostKey}\n`;
    await writeFile(ssh.knownHosts, known);
    const publicKey = execFileSync('cat', [`${key}.pub`], { encoding: 'utf8' }).trim();
    await node.sh(`echo '${publicKey}' >>/home/${ssh.user}/.ssh/authorized_keys
      printf 'Port 22\\nPort 2222\\nRevokedKeys /etc/ssh/revoked\\n' >/etc/ssh/sshd_config.d/port.conf
      : >/etc/ssh/revoked; systemctl restart ssh`);
    const locked = { port: 2222, privateKey: { file: key }, passphrase: { file: `${key}.words` } };
    try {
      const who = ['sh', '-c', 'echo $SUDO_USER'] as const;
      expect(await withHost((host) => host.read(who), locked)).toMatchObject({ stdout: `${ssh.user}\n` });
      await writeFile(`${key}.words`, 'another\n');
      await expect(withHost((host) => host.read(who), locked)).rejects.toMatchObject({
        code: 'ssh.authentication-failed',
        retry: 'halt',
      });
      await writeFile(`${key}.words`, words);
      await node.sh(`echo '${publicKey}' >/etc/ssh/revoked`);
      await expect(withHost((host) => host.read(who), locked)).rejects.toMatchObject({
        code: 'ssh.authentication-failed',
        retry: 'halt',
      });
    } finally {
      await node.sh('rm /etc/ssh/sshd_config.d/port.conf; systemctl restart ssh');
      ssh = await configFor([node, bastion]);
    }
  });

  test('a machine that falls silent is lost after its keepalives, long before the time of what was asked', async () => {
    await withHost(async (host) => {
      await host.read(['true']);
      const asked = { timeoutSeconds: 3_000 };
      const reading = host.read(['sleep', '2999'], asked).catch((error: unknown) => error);
      await until('the read to begin', () => node.sh('pgrep -x sleep'), { withinMs: 60_000 });
      // Packets vanish: no reset, no end.
      await node.sh(
        `(sleep 0.2; ip link set host0 down; sleep 10; ip link set host0 up; ip route replace default via ${gateway()}) >/dev/null 2>&1 &`,
      );
      expect(await reading).toMatchObject({ code: 'ssh.unreachable', retry: 'transient' });
      const back = () => host.read(['pkill', '-x', 'sleep']);
      expect(await until('the machine to be back', back, { withinMs: 120_000 })).toMatchObject({ code: 0 });
    });
  });

  test('a machine that lets nobody in while it boots is one to try again, not a login that is wrong', async () => {
    await node.sh('echo booting >/run/nologin');
    await expect(withHost((host) => host.read(['true']))).rejects.toMatchObject({
      code: 'ssh.unreachable',
      retry: 'transient',
      message: expect.stringContaining('may still boot'),
    });
    await node.sh('rm /run/nologin');
    expect(await withHost((host) => host.read(['true']))).toMatchObject({ code: 0 });
  });

  test('a machine that is not there is unreachable', async () => {
    const hosts = hostsFor([{ ...node, address: addressOf(99) }], { ...ssh, connectTimeoutSeconds: 2 });
    await expect(hosts.hostOf(lab, nameOf(node)).read(['true'])).rejects.toMatchObject({
      code: 'ssh.unreachable',
      retry: 'transient',
    });
    hosts.close();
  });
});
