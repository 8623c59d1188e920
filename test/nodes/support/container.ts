import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownCgroups } from './cgroups.ts';
import { run } from './shell.ts';

/** Where in a node's directory its root file system is mounted. */
export const rootOf = (directory: string) => join(directory, 'root');

/** Boots what lies in a node's directory; the shell that is returned lives as long as the container. */
export async function boot(directory: string, machine: string, bridge: string): Promise<ChildProcess> {
  const managed = existsSync('/run/systemd/system');
  const options = [
    '--quiet',
    '--register=no',
    ...(managed ? [] : ['--keep-unit']),
    '--boot',
    '--console=pipe',
    `--machine=${machine}`,
    `--directory=${rootOf(directory)}`,
    `--network-bridge=${bridge}`,
  ];
  // To systemd's newer ones these are no cgroups that it would run on by itself.
  const legacy = existsSync('/sys/fs/cgroup/cgroup.controllers')
    ? []
    : ['SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1'];
  const script = [
    ...ownCgroups(machine),
    'export SYSTEMD_NSPAWN_USE_CGNS=1',
    // Without a manager nspawn leaves a reboot to whoever started it and says so by 133.
    `while :; do systemd-nspawn "$@"; [ $? = 133 ] || break; done >>${join(directory, 'console.log')} 2>&1`,
  ];
  const shell = spawn('sh', ['-c', script.join('\n'), 'sh', ...options, ...legacy], {
    stdio: 'ignore',
    // A group of its own: what ends the tests in a hurry must not take nspawn alone and leave the container behind.
    detached: true,
  });
  await writeFile(join(directory, 'shell.pid'), String(shell.pid));
  return shell;
}

/** Takes the power from the container of a node's directory, if it has any, also one of tests that were killed. */
export async function cutPower(directory: string): Promise<void> {
  const pid = Number(await readFile(join(directory, 'shell.pid'), 'utf8').catch(() => '0'));
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  // The number may long be another process's.
  if (!commandLine.includes(`--directory=${rootOf(directory)}`)) return;
  // The container's own PID 1, whose end takes everything in it along; nspawn's would leave it running.
  for (const nspawn of await childrenOf(pid)) {
    for (const init of await childrenOf(nspawn)) process.kill(init, 'SIGKILL');
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const listed = await run('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => '');
  return listed
    .split('\n')
    .map(Number)
    .filter((child) => child > 0);
}
