import type { ChildProcess } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { botUser } from './base.ts';
import { boot, cutPower, rootOf } from './container.ts';
import { addressOf, bridge, gateway, machineOf } from './network.ts';
import { clearNode, noteMachine } from './scratch.ts';
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

/** Half a minute where two cores serve many. */
const bootMs = 180_000;
/** Scripts that install packages are among them. */
const scriptMs = 180_000;

/** Starts a node. `number` is the last part of its address, and must be its own. */
export async function startNode(base: string, name: string, number: number): Promise<LabNode> {
  const directory = await mkdtemp(join(inject('scratch'), `${name}-`));
  const root = rootOf(directory);
  for (const part of ['upper', 'work', 'root']) await mkdir(join(directory, part));
  // nspawn wants to enter it as the root of the container.
  await chmod(join(directory, 'upper'), 0o755);
  const layers = `lowerdir=${base},upperdir=${join(directory, 'upper')},workdir=${join(directory, 'work')}`;
  await run('mount', ['-t', 'overlay', 'overlay', '-o', layers, root]);
  const address = addressOf(number);
  await noteMachine(directory, machineOf(number));
  await configure(directory, root, name, address);

  const adminKey = join(directory, 'admin');
  const ssh = (script: string, timeoutMs = scriptMs) =>
    run('ssh', [...sshOptions(adminKey), `root@${address}`, script], { timeoutMs });
  const up = () => until(`${name} to answer`, () => ssh('true', 20_000), { withinMs: bootMs, everyMs: 200 });
  const bootId = () => ssh('cat /proc/sys/kernel/random/boot_id', 20_000);

  let container: ChildProcess | undefined;
  const powerOn = async () => {
    container = await boot(directory, machineOf(number), bridge());
    await up();
  };
  const powerOff = async () => {
    const ending = container;
    container = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    await cutPower(directory);
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
      await clearNode(directory);
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

/** The bot has one key for all nodes, made anew for every file of tests. */
function botKey(): Promise<string> {
  sharedKey ??= (async () => {
    const directory = await mkdtemp(join(inject('scratch'), 'key-'));
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
    `[Match]\nName=host0\n[Network]\nAddress=${address}/24\nGateway=${gateway()}\nLinkLocalAddressing=no\n`,
  );
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
