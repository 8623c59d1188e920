import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { botUser } from './base.ts';
import { ownCgroups, removeCgroups } from './cgroups.ts';
import { addressOf, bridge, gateway } from './network.ts';
import { run, until } from './shell.ts';

/** A machine of its own: systemd as PID 1, sshd, sudo, apt, a disk that outlives reboots. */
export interface LabNode {
  readonly name: string;
  readonly address: string;
  /** Type and key of its host key, as known_hosts has it. */
  readonly hostKey: string;
  /** Private key of the bot's user, the same for all nodes. */
  readonly botKey: string;
  /** Where its root file system lies on this machine. */
  readonly root: string;
  /** Runs a script as root, beside the bot. */
  sh(script: string): Promise<string>;
  /** Restarts in order, as `systemctl reboot` does; resolves when sshd answers again. */
  reboot(): Promise<void>;
  /** Loses its power now. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  dispose(): Promise<void>;
}

const bootMs = 60_000;

/** Starts a node. `number` is the last part of its address, and must be its own. */
export async function startNode(base: string, name: string, number: number): Promise<LabNode> {
  const directory = await mkdtemp('/var/tmp/k8s-upgrade-bot-node-');
  const root = join(directory, 'root');
  for (const part of ['upper', 'work', 'root']) await mkdir(join(directory, part));
  // nspawn wants to enter it as the root of the container.
  await chmod(join(directory, 'upper'), 0o755);
  const layers = `lowerdir=${base},upperdir=${join(directory, 'upper')},workdir=${join(directory, 'work')}`;
  await run('mount', ['-t', 'overlay', 'overlay', '-o', layers, root]);
  const address = addressOf(number);
  await configure(directory, root, name, address);

  const adminKey = join(directory, 'admin');
  const ssh = (script: string, timeoutMs = 60_000) =>
    run('ssh', [...sshOptions(adminKey), `root@${address}`, script], { timeoutMs });
  const up = () => until(`${name} to answer`, () => ssh('true', 5_000), { withinMs: bootMs, everyMs: 200 });
  const bootId = () => ssh('cat /proc/sys/kernel/random/boot_id', 5_000);

  let container: ChildProcess | undefined;
  const powerOn = async () => {
    container = boot(directory, root, name);
    await up();
  };
  const powerOff = async () => {
    const ending = container;
    container = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    // The container's own PID 1, whose end takes everything in it along; nspawn alone would leave it running.
    for (const nspawn of await childrenOf(ending.pid)) {
      for (const init of await childrenOf(nspawn)) process.kill(init, 'SIGKILL');
    }
    await ended;
  };
  const node: LabNode = {
    name,
    address,
    root,
    hostKey: (await readFile(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8'))
      .split(' ')
      .slice(0, 2)
      .join(' '),
    botKey: await botKey(),
    sh: (script) => ssh(script),
    async reboot() {
      const before = await bootId();
      await ssh('systemctl reboot').catch(() => undefined);
      const other = async () => ((await bootId()) === before ? undefined : true);
      await until(`${name} to reboot`, other, { withinMs: bootMs, everyMs: 200 });
    },
    powerOff,
    powerOn,
    async dispose() {
      await powerOff();
      await until('the disk to be let go', () => run('umount', [root]).then(() => true), {
        withinMs: 10_000,
      });
      await rm(directory, { recursive: true, force: true });
      await removeCgroups(name);
    },
  };
  try {
    await powerOn();
    return node;
  } catch (error) {
    const console = await readFile(join(directory, 'console.log'), 'utf8').catch(() => '');
    await node.dispose().catch(() => undefined);
    throw new Error(`${name} did not start:\n${console.slice(-4_000)}`, { cause: error });
  }
}

const keygen = (file: string) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);

let sharedKey: Promise<string> | undefined;

/** The bot has one key for all nodes, made anew for every process of tests. */
function botKey(): Promise<string> {
  sharedKey ??= (async () => {
    const directory = await mkdtemp(join(tmpdir(), 'k8s-upgrade-bot-key-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    await keygen(join(directory, 'bot'));
    return join(directory, 'bot');
  })();
  return sharedKey;
}

async function configure(directory: string, root: string, name: string, address: string): Promise<void> {
  await keygen(join(directory, 'admin'));
  await keygen(join(root, 'etc/ssh/ssh_host_ed25519_key'));
  for (const [home, key] of [
    ['root', join(directory, 'admin')],
    [`home/${botUser}`, await botKey()],
  ] as const) {
    await mkdir(join(root, home, '.ssh'), { recursive: true });
    await cp(`${key}.pub`, join(root, home, '.ssh/authorized_keys'));
  }
  await run('chroot', [root, 'chown', '-R', `${botUser}:`, `/home/${botUser}`]);
  await writeFile(join(root, 'etc/hostname'), `${name}\n`);
  await writeFile(join(root, 'etc/hosts'), `127.0.0.1 localhost\n${address} ${name}\n`);
  await writeFile(
    join(root, 'etc/systemd/network/10-host0.network'),
    `[Match]\nName=host0\n[Network]\nAddress=${address}/24\nGateway=${gateway}\nLinkLocalAddressing=no\n`,
  );
}

function boot(directory: string, root: string, name: string): ChildProcess {
  const managed = existsSync('/run/systemd/system');
  const options = [
    '--quiet',
    '--register=no',
    ...(managed ? [] : ['--keep-unit']),
    '--boot',
    '--console=pipe',
    `--machine=${name}`,
    `--directory=${root}`,
    `--network-bridge=${bridge}`,
  ];
  // Without a manager nspawn leaves a reboot to whoever started it and says so by 133.
  const script = [
    ...ownCgroups(name),
    'export SYSTEMD_NSPAWN_USE_CGNS=1',
    `while :; do systemd-nspawn "$@"; [ $? = 133 ] || break; done >>${join(directory, 'console.log')} 2>&1`,
  ];
  return spawn('sh', ['-c', script.join('\n'), 'sh', ...options], { stdio: 'ignore' });
}

async function childrenOf(pid: number | undefined): Promise<number[]> {
  if (pid === undefined) return [];
  const listed = await run('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => '');
  return listed
    .split('\n')
    .map(Number)
    .filter((child) => child > 0);
}

function sshOptions(key: string): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'ConnectTimeout=3',
    'LogLevel=ERROR',
  ];
  return ['-i', key, ...options.flatMap((option) => ['-o', option])];
}
