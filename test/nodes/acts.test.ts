import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { RemoteHosts } from '../../src/adapters/ssh/remote-hosts.ts';
import type { SshConfig } from '../../src/config.ts';
import type { RunId } from '../../src/domain/names.ts';
import type { Act, RemoteHost } from '../../src/ports/remote-host.ts';
import { configFor, hostsFor, lab, nameOf } from './support/hosts.ts';
import { gateway } from './support/network.ts';
import { type LabNode, startNode } from './support/node.ts';
import { until } from './support/shell.ts';

const base = inject('base');

describe.skipIf(base === '')('a long act on a machine with systemd', () => {
  let node: LabNode;
  let ssh: SshConfig;
  let hosts: RemoteHosts;
  let host: RemoteHost;
  beforeAll(async () => {
    node = await startNode(base, 'kub-acts', 11);
    ssh = await configFor([node]);
    hosts = hostsFor([node], ssh);
    host = hosts.hostOf(lab, nameOf(node));
  });
  afterAll(async () => {
    hosts?.close();
    await node?.dispose();
  });
  // A test that is tried again must not find what its first try has left.
  beforeEach(async () => {
    await node.sh(
      'systemctl stop "k8s-upgrade-bot-*"; rm -rf /var/lib/k8s-upgrade-bot /root/ran-* /root/go-on-*',
    );
  });

  /** Says "begun", waits for a file, says "ended" and exits 5. Every run leaves a line in /root/ran-<base>. */
  const patient = (name: string, more: Partial<Act> = {}): Act => ({
    base: name,
    attempt: 1,
    argv: [
      'sh',
      '-c',
      'echo ran >>"/root/ran-$0"; echo "begun: grüße €"; until [ -e "/root/go-on-$0" ]; do sleep 0.1; done; echo ended; exit 5',
      name,
    ],
    waitSeconds: 120,
    ...more,
  });
  const begun = (name: string) =>
    until(
      'the act to begin',
      async () => (await node.sh(`cat /root/ran-${name} 2>/dev/null || :`)) || undefined,
      {
        withinMs: 120_000,
      },
    );
  const letGo = (name: string) => node.sh(`touch /root/go-on-${name}`);
  const timesRun = async (name: string) => (await node.sh(`cat /root/ran-${name}`)).split('\n').length - 1;
  const ended = { status: 'exited', code: 5, output: 'begun: grüße €\nended\n' };

  test('runs as root in a unit of its own, with a clean environment, and leaves no unit behind', async () => {
    const outcome = await host.act({
      base: 'env',
      attempt: 1,
      argv: ['sh', '-c', 'id -u; pwd; cat /proc/self/cgroup; env; tty'],
      environment: { DEBIAN_FRONTEND: 'noninteractive', ODD: '%n $HOME ${HOME} "\'\n%%' },
      waitSeconds: 120,
    });
    expect(outcome).toMatchObject({ status: 'exited', code: 1 });
    const { output } = outcome;
    expect(output).toMatch(/^0\n\/\n/);
    expect(output).toContain('/system.slice/k8s-upgrade-bot-env-1.service');
    expect(output).toContain('DEBIAN_FRONTEND=noninteractive\n');
    expect(output).toContain('LC_ALL=C.UTF-8\n');
    expect(output).toContain('HOME=/root\n');
    expect(output).toContain('ODD=%n $HOME ${HOME} "\'\n%%\n');
    expect(output).not.toContain('SSH_');
    expect(output).not.toContain('SUDO_');
    expect(output).toMatch(/not a tty\n$/);
    await until(
      'the unit to be gone',
      async () =>
        (await node.sh('systemctl list-units --all "k8s-upgrade-bot-*" --no-legend')) === '' || undefined,
      { withinMs: 60_000 },
    );
  });

  test('leaves a record that only root can read', async () => {
    await host.act({
      base: 'record',
      attempt: 1,
      argv: ['sh', '-c', 'echo "it\'s"; exit 3'],
      waitSeconds: 120,
    });
    const record = await node.sh(
      'cd /var/lib/k8s-upgrade-bot; stat -c "%a %U %n" .; cat record/1/exit record/1/output',
    );
    expect(record).toBe("700 root .\n3\nit's\n");
    expect(await node.sh('cat /var/lib/k8s-upgrade-bot/record/1/command')).toContain(
      `echo "it'\\''s"; exit 3`,
    );
  });

  test('goes on while the connection is cut, and loses no output', async () => {
    const lines: string[] = [];
    const following = host.act(patient('cut'), (more) => lines.push(...more));
    await begun('cut');
    for (let cut = 0; cut < 2; cut++) {
      const connects = hosts.uses()[0]?.connects ?? 0;
      await node.sh("pkill -KILL -u upgrader sshd || pkill -KILL -f '^sshd[^ ]*: upgrader'");
      await until(
        'it to connect again',
        async () => hosts.uses()[0]?.connects === connects + 1 || undefined,
        {
          withinMs: 120_000,
        },
      );
    }
    await letGo('cut');
    expect(await following).toEqual(ended);
    expect(lines).toEqual(['begun: grüße €', 'ended']);
    expect(await timesRun('cut')).toBe(1);
  });

  test('goes on while the machine answers nobody, and is found when it does again', async () => {
    const following = host.act(patient('deaf'));
    await begun('deaf');
    // Packets vanish: no reset, no end. Only keepalives can tell.
    await node.sh(
      `(sleep 0.2; ip link set host0 down; sleep 12; ip link set host0 up; ip route replace default via ${gateway()}) >/dev/null 2>&1 &`,
    );
    await until('the machine to be back', () => letGo('deaf').then(() => true), {
      withinMs: 120_000,
      everyMs: 500,
    });
    expect(await following).toEqual(ended);
    expect(await timesRun('deaf')).toBe(1);
  });

  test('outlives a bot that is killed; the next bot finds it', async () => {
    const bot = spawn(process.execPath, [
      fileURLToPath(new URL('../adapters/ssh/support/bot.ts', import.meta.url)),
      JSON.stringify({ ssh, address: node.address, act: patient('killed') }),
    ]);
    const gone = new Promise((resolve) => bot.once('exit', resolve));
    await begun('killed');
    bot.kill('SIGKILL');
    await gone;
    const following = host.act(patient('killed'));
    await letGo('killed');
    expect(await following).toEqual(ended);
    expect(await timesRun('killed')).toBe(1);
  });

  test('is attached to by the next attempt while it runs', async () => {
    expect(await host.act(patient('twice', { waitSeconds: 2 }))).toMatchObject({ status: 'still-running' });
    const second = host.act(patient('twice', { attempt: 2 }));
    await letGo('twice');
    expect(await second).toEqual(ended);
    expect(await timesRun('twice')).toBe(1);
  });

  test.each([
    ['restarts in order', () => node.reboot()],
    ['loses its power', () => node.powerOff().then(() => node.powerOn())],
  ])('is unknown when the machine %s, and is not run again by looking', async (how, fall) => {
    const name = how.replaceAll(' ', '-');
    const following = host.act(patient(name, { waitSeconds: 300 }));
    await begun(name);
    await fall();
    const outcome = await following;
    expect(outcome).toMatchObject({ status: 'unknown', output: 'begun: grüße €\n' });
    expect(outcome.status === 'unknown' && outcome.reason).toContain('restarted');
    expect(await host.act(patient(name))).toMatchObject({ status: 'unknown' });
    expect(await timesRun(name)).toBe(1);
    // The attempt after that is a decision of the step, and starts anew.
    await letGo(name);
    expect(await host.act(patient(name, { attempt: 2 }))).toEqual(ended);
  });

  test('that had ended before the machine lost its power keeps its result', async () => {
    const first = await host.act({
      base: 'durable',
      attempt: 1,
      argv: ['sh', '-c', 'echo done; exit 4'],
      waitSeconds: 120,
    });
    await node.powerOff();
    await node.powerOn();
    await until('the login to work', () => host.read(['true']), { withinMs: 120_000, everyMs: 300 });
    expect(await host.act({ base: 'durable', attempt: 1, argv: ['false'], waitSeconds: 120 })).toEqual(first);
  });

  test('is stopped on the word of a person, with everything that it has started', async () => {
    const act = patient('stopped', { argv: ['sh', '-c', 'echo ran >>/root/ran-stopped; sleep 1000 & wait'] });
    const following = host.act(act);
    await begun('stopped');
    expect(await hosts.stopAct(lab, nameOf(node), act, { signal: 'stop', by: '@dana' })).toBe(true);
    const outcome = await following;
    expect(outcome.status === 'unknown' && outcome.reason).toContain('@dana');
    expect(await node.sh('pgrep -x sleep || echo none')).toBe('none\n');
  });

  test('what does not listen to a stop is killed on the word of a person', async () => {
    const act = patient('killed-by', {
      argv: ['sh', '-c', 'trap "" TERM; echo ran >>/root/ran-killed-by; while :; do sleep 1; done'],
    });
    const following = host.act(act);
    await begun('killed-by');
    expect(await hosts.stopAct(lab, nameOf(node), act, { signal: 'kill', by: '@amir' })).toBe(true);
    expect(await following).toMatchObject({ status: 'unknown' });
  });

  test('on a full disk it is a failure, not a start in the dark', async () => {
    await node.sh(
      'mkdir -p /var/lib/k8s-upgrade-bot/full && mount -t tmpfs -o size=4k tmpfs /var/lib/k8s-upgrade-bot/full',
    );
    await node.sh('head -c 4096 /dev/zero >/var/lib/k8s-upgrade-bot/full/filler || :');
    const failing = host.act({
      base: 'full',
      attempt: 1,
      argv: ['touch', '/root/ran-full'],
      waitSeconds: 120,
    });
    await expect(failing).rejects.toMatchObject({ code: 'node.disk-full' });
    expect(await node.sh('ls /root/ran-full 2>/dev/null || echo none')).toBe('none\n');
    await node.sh('umount /var/lib/k8s-upgrade-bot/full');
  });

  test('its record is removed with its run', async () => {
    const run = 'abc234' as RunId;
    await host.act({ base: `${run}-step`, attempt: 1, argv: ['true'], waitSeconds: 120 });
    expect(await hosts.forgetRun(lab, nameOf(node), run)).toEqual([]);
    expect(await node.sh(`ls /var/lib/k8s-upgrade-bot | grep -c ${run} || :`)).toBe('0\n');
  });
});
