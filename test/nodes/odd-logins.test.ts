import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import type { SshConfig } from '../../src/config.ts';
import type { RemoteHost } from '../../src/ports/remote-host.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { bridge } from './support/network.ts';
import { type LabNode, startNode } from './support/node.ts';
import { run } from './support/shell.ts';

const base = inject('base');

/** What people make of machines; none of it may change what a command does or what is read of it. */
describe.skipIf(base === '')('logging in to odd machines', () => {
  let node: LabNode;
  let ssh: SshConfig;
  let acts = 0;
  beforeAll(async () => {
    node = await startNode(base, 'kub-odd', 71);
    ssh = await configFor([node]);
    await node.sh('cp -a /home/upgrader /root/home; cp -a /etc/sudoers.d /root/rules');
  });
  afterEach(async () => {
    await node.sh(`usermod -s /bin/sh upgrader
      rm -rf /home/upgrader /etc/sudoers.d /etc/ssh/sshd_config.d/odd.conf
      cp -a /root/home /home/upgrader; cp -a /root/rules /etc/sudoers.d
      sed -i '/pam_exec/d' /etc/pam.d/sudo /etc/pam.d/sshd
      systemctl reset-failed ssh; systemctl restart ssh`);
  });
  afterAll(() => node?.dispose());

  const withHosts = async <T>(
    work: (host: RemoteHost, hosts: RemoteHosts) => Promise<T>,
    at = node,
    config = ssh,
  ) => {
    const hosts = hostsFor([at], config);
    try {
      return await work(hosts.hostOf(lab, nameOf(node)), hosts);
    } finally {
      hosts.close();
    }
  };

  /** Reads, writes, sends and fetches bytes, and runs an act: all ways to a machine. */
  const worksAsAnywhere = async (host: RemoteHost, hosts: RemoteHosts) => {
    const nasty = [
      'a b',
      "it's",
      '$(id) `id` $HOME',
      'é\n€',
      '*',
      '',
      '\\',
      '\\\\',
      "\\'",
      '!!',
      '%n',
      '{a,b}',
      '~',
    ];
    expect(await host.read(['printf', '[%s]', ...nasty])).toEqual({
      status: 'exited',
      code: 0,
      stdout: nasty.map((word) => `[${word}]`).join(''),
      stderr: expect.any(String),
    });
    expect(await host.read(['sh', '-c', 'cat; exit 7'], { stdin: 'ü\\n\n' })).toMatchObject({
      code: 7,
      stdout: 'ü\\n\n',
    });
    await host.writeFile('/root/odd', 'a\\b\n', '0600');
    const copy = `${ssh.knownHosts}.copy`;
    expect(await host.download('/root/odd', copy)).toMatchObject({ bytes: 4 });
    expect(await readFile(copy, 'utf8')).toBe('a\\b\n');
    await host.upload(copy, '/root/odd2', '0600');
    expect(await node.sh('cat /root/odd2; rm /root/odd*')).toBe('a\\b\n');
    acts += 1;
    const argv = ['sh', '-c', 'printf "%s\\n" "$1"; echo $LC_ALL; exit 3', 'sh', "ü \\ '"] as const;
    const output = "ü \\ '\nC.UTF-8\n";
    const act = { base: `odd-${acts}`, attempt: 1, argv, waitSeconds: 120 };
    expect(await host.act(act)).toEqual({ status: 'exited', code: 3, output });
    expect((await hosts.checkSudo(lab, nameOf(node))).lines.join('\n')).toContain(
      'NOPASSWD: /usr/bin/timeout',
    );
  };

  const greeting = 'echo "Welcome to cp-1, grüße"; echo "mesg: ttyname failed" >&2; printf "no end of line"';
  test.each([
    ['bash', `usermod -s /bin/bash upgrader; echo '${greeting}' >/home/upgrader/.bashrc`],
    ['rbash', 'usermod -s /bin/rbash upgrader'],
    [
      'fish',
      `usermod -s /usr/bin/fish upgrader; mkdir -p /home/upgrader/.config/fish; echo '${greeting}' >/home/upgrader/.config/fish/config.fish`,
    ],
  ])('with %s for a login shell, which greets', async (_, make) => {
    await node.sh(make);
    await withHosts(worksAsAnywhere);
  });

  test.each([
    ['nologin', '/usr/sbin/nologin', 'This account is currently not available.'],
    ['tcsh', '/bin/tcsh', "Unmatched '"],
    ['false', '/bin/false', 'does not run what it is given.'],
  ])('with %s for a login shell it is told that the shell is unfit', async (_, shell, said) => {
    await node.sh(`usermod -s ${shell} upgrader`);
    await withHosts(async (host) => {
      const failure = await host.read(['sh', '-c', 'true\ntrue']).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'ssh.shell-unfit', message: expect.stringContaining(said) });
      const act = { base: 'unfit', attempt: 1, argv: ['true'] as const, waitSeconds: 60 };
      await expect(host.act(act)).rejects.toMatchObject({ code: 'ssh.shell-unfit' });
    });
    expect(await node.sh('ls /var/lib/k8s-upgrade-bot/unfit 2>/dev/null || echo none')).toBe('none\n');
  });

  test.each([
    ['records all input and output', 'Defaults log_input, log_output'],
    ['wants a pseudo terminal and lectures', 'Defaults use_pty, lecture=always'],
    ['has a path of its own', 'Defaults secure_path="/usr/sbin:/usr/bin:/sbin:/bin"'],
    ['asks a slow PAM', ''],
  ])('with a sudo that %s', async (what, line) => {
    await node.sh(`echo '${line}' >/etc/sudoers.d/0-odd; chmod 440 /etc/sudoers.d/0-odd; visudo -c -q`);
    if (what.includes('PAM')) {
      const slow = 'session required pam_exec.so /bin/sleep 1';
      await node.sh(`for file in sudo sshd; do echo '${slow}' >>/etc/pam.d/$file; done`);
    }
    await withHosts(worksAsAnywhere);
  });

  test('with an environment of the user that would spoil every program', async () => {
    await node.sh(`echo 'PermitUserEnvironment yes' >/etc/ssh/sshd_config.d/odd.conf
      printf 'LC_ALL=de_DE.ISO-8859-1\\nLANG=C\\nBASH_ENV=/etc/passwd\\nENV=/etc/passwd\\nGREP_OPTIONS=-v\\nPOSIXLY_CORRECT=1\\n' >/home/upgrader/.ssh/environment
      systemctl reset-failed ssh; systemctl restart ssh`);
    await withHosts(async (host, hosts) => {
      expect(await host.read(['sh', '-c', 'echo $LC_ALL$BASH_ENV$GREP_OPTIONS'])).toMatchObject({
        stdout: 'C.UTF-8\n',
      });
      await worksAsAnywhere(host, hosts);
    });
  });

  test('where nothing can be executed in /tmp, /var/tmp and where acts are recorded', async () => {
    const places = '/tmp /var/tmp /var/lib/k8s-upgrade-bot /dev/shm';
    await node.sh(
      `for place in ${places}; do mkdir -p $place; mount -t tmpfs -o noexec,nosuid,nodev tmpfs $place; done`,
    );
    try {
      await withHosts(worksAsAnywhere);
    } finally {
      await node.sh(`for place in ${places}; do umount $place; done`);
    }
  });

  test('by an IPv6 address alone, and by a port of its own', async () => {
    const network = inject('network');
    const address = `fd78:${network}::71`;
    await run('ip', ['-6', 'addr', 'replace', `fd78:${network}::1/64`, 'dev', bridge(), 'nodad']);
    await node.sh(`ip -6 addr add ${address}/64 dev host0 nodad
      printf 'Port 22\\nPort 2222\\nListenAddress ${address}\\nListenAddress ${node.address}:22\\n' >/etc/ssh/sshd_config.d/odd.conf
      systemctl reset-failed ssh; systemctl restart ssh`);
    const there = { ...node, address };
    for (const port of [22, 2222]) {
      await writeFile(ssh.knownHosts, '');
      const config = { ...ssh, port };
      const failure = await withHosts((host) => host.read(['true']), there, config).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 'ssh.host-key-unknown', facts: { host: address } });
      const accept = (failure as { facts: Record<string, string> }).facts['accept'] ?? '';
      execFileSync('sh', ['-c', accept], { stdio: 'ignore' });
      await withHosts(worksAsAnywhere, there, config);
    }
    ssh = await configFor([node]);
  });
});
