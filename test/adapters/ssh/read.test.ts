import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteHosts } from '../../../src/adapters/ssh/remote-hosts.ts';
import type { RemoteHost } from '../../../src/ports/remote-host.ts';
import { failureFrom } from './support/failure.ts';
import { hostsOn, lab, node } from './support/hosts.ts';
import { hasSshd, type Sshd, startSshd } from './support/sshd.ts';

describe.skipIf(!hasSshd)('reading from a machine', () => {
  let sshd: Sshd;
  let hosts: RemoteHosts;
  let host: RemoteHost;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  beforeEach(() => {
    hosts = hostsOn(sshd);
    host = hosts.hostOf(lab, node);
  });
  afterEach(() => hosts.close());
  afterAll(() => sshd.dispose());

  const says = (text: string) => writeFile(join(sshd.directory, 'units', 'sudo-says'), text);
  const sudoWorks = () => rm(join(sshd.directory, 'units', 'sudo-says'), { force: true });

  test('arguments arrive as they were meant, output apart and whole', async () => {
    const nasty = ['a b', "it's", '$(id)', 'é\n€', '*', ''];
    const outcome = await host.read(['printf', '[%s]', ...nasty]);
    expect(outcome).toEqual({
      status: 'exited',
      code: 0,
      stdout: nasty.map((word) => `[${word}]`).join(''),
      stderr: '',
    });
    const both = await host.read(['sh', '-c', 'echo out; echo "ünten" >&2; exit 7']);
    expect(both).toEqual({ status: 'exited', code: 7, stdout: 'out\n', stderr: 'ünten\n' });
  });

  test('programs speak English in UTF-8 whatever the locale of the machine', async () => {
    expect(await host.read(['sh', '-c', 'echo $LC_ALL'])).toMatchObject({ stdout: 'C.UTF-8\n' });
  });

  test('a signal ends a command with the code that a shell would give', async () => {
    expect(await host.read(['sh', '-c', 'kill -9 $$'])).toMatchObject({ status: 'exited', code: 137 });
    expect(await host.read(['/nowhere/program'])).toMatchObject({ status: 'exited', code: 127 });
  });

  test('the remote timeout ends what takes too long', async () => {
    const outcome = await host.read(['sh', '-c', 'echo begun; sleep 30'], { timeoutSeconds: 1 });
    expect(outcome).toEqual({ status: 'timed-out', afterSeconds: 1, stdout: 'begun\n', stderr: '' });
  });

  test('stdin reaches the command, and ends', async () => {
    const text = 'ä\n'.repeat(10_000);
    expect(await host.read(['wc', '-c'], { stdin: text })).toMatchObject({ stdout: '30000\n' });
    expect(await host.read(['cat'])).toMatchObject({ status: 'exited', stdout: '' });
  });

  test('secrets are masked in what comes back', async () => {
    const outcome = await host.read(['echo', 'kubeadm join --token abcdef.0123456789abcdef']);
    expect(outcome.stdout).toBe('kubeadm join --token [masked]\n');
  });

  test('one connection serves everything, at most eight commands at a time', async () => {
    const busiest = join(sshd.directory, 'busiest');
    const script = `mkdir -p "$0"; : >"$0/$$"; ls "$0" | wc -l; sleep 0.3; rm "$0/$$"`;
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => host.read(['sh', '-c', script, busiest])),
    );
    const counts = outcomes.map((outcome) => Number(outcome.stdout));
    expect(Math.max(...counts)).toBeLessThanOrEqual(8);
    expect(Math.max(...counts)).toBeGreaterThan(1);
    expect(hosts.uses()).toEqual([{ cluster: lab, node, connects: 1, commands: 20 }]);
  });

  test('a connection that breaks in the middle is a failure that can be tried again, and then works', async () => {
    await host.read(['true']);
    const reading = failureFrom(host.read(['sh', '-c', 'echo begun; sleep 20']));
    await expect.poll(() => hosts.uses()[0]?.commands).toBe(2);
    // The command must have reached the machine: a daemon's child of its own says so.
    await new Promise((resolve) => setTimeout(resolve, 300));
    sshd.cutConnections();
    expect(await reading).toMatchObject({ code: 'ssh.unreachable', retry: 'transient' });
    expect(await host.read(['echo', 'back'])).toMatchObject({ stdout: 'back\n' });
    expect(hosts.uses()[0]?.connects).toBe(2);
  });

  test('a machine that is off is unreachable, soon', async () => {
    await sshd.stop();
    try {
      expect(await failureFrom(host.read(['true']))).toMatchObject({
        code: 'ssh.unreachable',
        retry: 'transient',
        facts: { cluster: lab, node, host: '127.0.0.1', port: String(sshd.port) },
      });
    } finally {
      await sshd.start();
    }
  });

  test('a connection without use is closed, and made again when it is needed', async () => {
    const idle = hostsOn(sshd, { idleMs: 50 });
    try {
      const machine = idle.hostOf(lab, node);
      await machine.read(['true']);
      await expect
        .poll(async () => {
          await new Promise((resolve) => setTimeout(resolve, 120));
          await machine.read(['true']);
          return idle.uses()[0]?.connects;
        })
        .toBeGreaterThan(1);
    } finally {
      idle.close();
    }
  });

  const usualRule = (user: string) => `${user} ALL=(root) NOPASSWD: /usr/bin/timeout`;
  test.each([
    ['sudo: a password is required\n', usualRule],
    ['sudo: sorry, you must have a tty to run sudo\n', (user: string) => `Defaults:${user} !requiretty`],
    ['Sorry, user upgrader is not allowed to execute /usr/bin/timeout as root on node.\n', usualRule],
    ['upgrader is not in the sudoers file.\n', usualRule],
    ['env: ‘sudo’: No such file or directory\n', usualRule],
    ['sudo-rs: interactive authentication is required\n', usualRule],
    ["sudo-rs: I'm sorry upgrader. I'm afraid I can't do that\n", usualRule],
  ])('sudo that says "%s" is a failure that names the rule', async (text, ruleFor) => {
    await says(`sudo: unable to resolve host node: Name or service not known\n${text}`);
    try {
      const failure = await failureFrom(host.read(['true']));
      const rule = ruleFor(sshd.user);
      expect(failure).toMatchObject({ code: 'sudo.refused', retry: 'halt', facts: { rule } });
      expect(failure.lastWords).toContain(text.trim());
      expect(await failureFrom(hosts.checkSudo(lab, node))).toMatchObject({ code: 'sudo.refused' });
    } finally {
      await sudoWorks();
    }
  });

  test('a command that fails with code 1 is not taken for sudo', async () => {
    expect(await host.read(['sh', '-c', 'echo "no sudo here" >&2; exit 1'])).toMatchObject({
      status: 'exited',
      code: 1,
    });
  });

  test('what sudo allows can be looked at beforehand', async () => {
    const { lines } = await hosts.checkSudo(lab, node);
    expect(lines.join('\n')).toContain('NOPASSWD');
  });

  test('nothing is connected to once the bot stops', async () => {
    await host.read(['true']);
    hosts.close();
    expect(await failureFrom(host.read(['true']))).toMatchObject({ code: 'ssh.unreachable' });
  });
});
