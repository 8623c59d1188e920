import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Started, started } from './support/started.ts';

let cluster: Started;
beforeAll(async () => {
  cluster = await started({ workload: 'none', controlPlanes: 1, workers: 2 });
});
afterAll(() => cluster.end());

const root = (line: string, node = 'w-01') => cluster.ssh(node, `sudo -n ${line}`);

describe('transient units', () => {
  test('refuse a name that is in use and free it when they have succeeded', async () => {
    expect((await root('systemd-run --unit=one sleep 1500')).stderr).toBe('Running as unit: one.service');
    const again = await root('systemd-run --unit=one true');
    expect(again).toMatchObject({
      code: 1,
      stderr:
        'Failed to start transient service unit: Unit one.service was already loaded or has a fragment file.',
    });
    expect((await root('systemctl is-active one')).stdout).toBe('active');
    await eventually('it is over', async () => (await root('systemctl is-active one')).stdout === 'inactive');
    expect((await root('systemctl show one -p LoadState,ActiveState')).stdout).toBe(
      'LoadState=not-found\nActiveState=inactive',
    );
    expect((await root('systemd-run --unit=one true')).code).toBe(0);
  });

  test('stay failed until they are reset, unless they are collected', async () => {
    expect((await root('systemd-run --quiet --wait --unit=two false')).code).toBe(1);
    expect((await root('systemctl is-failed two')).stdout).toBe('failed');
    expect((await root('systemctl show two -p Result,ExecMainStatus,ExecMainCode')).stdout).toBe(
      'Result=exit-code\nExecMainCode=1\nExecMainStatus=1',
    );
    expect((await root('systemd-run --unit=two true')).code).toBe(1);
    await root('systemctl reset-failed two');
    expect((await root('systemd-run --collect --quiet --wait --unit=two false')).code).toBe(1);
    expect((await root('systemctl is-failed two')).stdout).toBe('inactive');
  });

  test('write where StandardOutput says, while they run', async () => {
    await root(
      'systemd-run --quiet --unit=three -p StandardOutput=file:/var/log/three -p StandardError=inherit kubeadm upgrade node',
    );
    await eventually('the first lines are there', async () =>
      (await root('cat /var/log/three')).stdout.includes('[upgrade] Reading configuration'),
    );
    await eventually('it ended', async () => (await root('systemctl is-active three')).stdout === 'inactive');
    expect((await root('cat /var/log/three')).stdout).toContain(
      '[upgrade/addon] Skipping the addon/kube-proxy phase.',
    );
  });

  test('a redirected kubeadm can be followed line by line from a script', async () => {
    await root(
      `sh -c 'mkdir -p /var/lib/act; echo "sh -c \\"kubeadm upgrade node --v=1\\" >/var/lib/act/output 2>&1; echo \\$? >/var/lib/act/exit" >/var/lib/act/command'`,
      'cp-1',
    );
    cluster.setTimeScale(100);
    await root('systemd-run --quiet --unit=four /bin/sh /var/lib/act/command', 'cp-1');
    await eventually('output grows before the exit status is there', async () => {
      const { stdout } = await root("sh -c 'wc -c </var/lib/act/output; ls /var/lib/act'", 'cp-1');
      return Number(stdout.split('\n')[0]) > 300 && !stdout.includes('exit');
    });
    await eventually('the exit status is there', async () =>
      (await root('ls /var/lib/act', 'cp-1')).stdout.includes('exit'),
    );
    cluster.setTimeScale(1_000);
    const { stdout } = await root('cat /var/lib/act/output', 'cp-1');
    expect(stdout.match(/Reading configuration/g)).toHaveLength(1);
    expect((await root('cat /var/lib/act/exit', 'cp-1')).stdout).toBe('0');
  });

  test('a cut connection kills the command of the connection and not the unit', async () => {
    const ssh = await cluster.connection('w-02');
    cluster.setTimeScale(5);
    await ssh.execCommand('sudo -n systemd-run --quiet --unit=five kubeadm upgrade node');
    const lost = ssh.execCommand('sudo -n kubeadm upgrade node').then(
      ({ code }) => code,
      () => 'lost',
    );
    await eventually('both run', () => cluster.journal.of('kubeadm-start', 'w-02').length === 2);
    cluster.cutSsh('w-02');
    expect([null, 'lost']).toContain(await lost);
    cluster.setTimeScale(1_000);
    await eventually('the unit has finished', () => cluster.journal.of('kubeadm-end', 'w-02').length === 2);
    expect(
      cluster.journal
        .of('kubeadm-end', 'w-02')
        .map(({ subject }) => subject)
        .toSorted(),
    ).toEqual(['upgrade node killed', 'upgrade node ok']);
    ssh.dispose();
  });

  test('die with the machine, which comes back without them and with a new boot id', async () => {
    const before = (await root('cat /proc/sys/kernel/random/boot_id')).stdout;
    await root('systemd-run --quiet --unit=six sleep 100000');
    // Slow enough to be seen.
    cluster.setTimeScale(60);
    await root('reboot');
    await eventually('it is gone', async () => !(await reachable('w-01')));
    await eventually('it is back', () => reachable('w-01'));
    expect((await root('systemctl is-active six')).stdout).toBe('inactive');
    expect((await root('cat /proc/sys/kernel/random/boot_id')).stdout).not.toBe(before);
    await eventually(
      'its kubelet runs',
      async () => (await root('systemctl is-active kubelet')).stdout === 'active',
    );
  });
});

async function reachable(node: string): Promise<boolean> {
  const ssh = await cluster.connection(node).catch(() => undefined);
  ssh?.dispose();
  return ssh !== undefined;
}
