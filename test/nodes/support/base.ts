import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sudoRule } from '../../../src/adapters/ssh/sudo.ts';
import { run } from './shell.ts';

/** Where the root file system that nodes are copies of is kept between runs. */
const cache = '/var/cache/k8s-upgrade-bot-test';

/** Debian's name of it. With trixie the same tests meet systemd 257, apt 3 and OpenSSH 10. */
const release = process.env['TEST_NODES_RELEASE'] ?? 'bookworm';

/**
 * Where etcd comes from: bookworm has 3.4, without etcdutl; this one 3.5, and its packages ask for nothing that bookworm
 * lacks. The rest stays at bookworm, whose systemd also runs on machines with cgroups of version 1.
 */
const etcdRelease = 'trixie';

/** Whom the bot logs in as on the nodes. */
export const botUser = 'upgrader';

const packages = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'sudo',
  'iproute2',
  'procps',
  'ca-certificates',
  'curl',
  // For nodes that play a machine of the RHEL family.
  'dnf',
  'dnf-plugins-core',
  'rpm',
  'createrepo-c',
  'gnupg',
  // Login shells that are no POSIX shells.
  'fish',
  'tcsh',
];

/** What is done to the fresh system, within it. */
const setUp = `set -e
sed -i 's/ ${release} / ${etcdRelease} /' /etc/apt/sources.list
apt-get -q -o Acquire::Retries=3 update
DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 install -y --no-install-recommends --no-remove \\
  etcd-server etcd-client
useradd --create-home --shell /bin/sh ${botUser}
echo '${sudoRule(botUser)}' >/etc/sudoers.d/k8s-upgrade-bot
chmod 440 /etc/sudoers.d/k8s-upgrade-bot
visudo -c -q
rm -f /etc/ssh/ssh_host_* /etc/apt/sources.list
: >/etc/machine-id
systemctl -q enable ssh systemd-networkd
systemctl -q disable etcd
systemctl -q mask systemd-logind systemd-udevd getty@tty1 console-getty systemd-resolved systemd-timesyncd \\
  systemd-networkd-wait-online apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
apt-get clean
rm -rf /var/lib/apt/lists/*
`;

/**
 * The path of a Debian root file system with systemd, sshd, sudo, dnf and etcd. Built at first use (about 4 minutes on a bare
 * machine) and kept under a name that changes with the recipe.
 */
export async function baseFileSystem(say: (line: string) => void): Promise<string> {
  const recipe = createHash('sha256')
    .update(JSON.stringify([release, packages, setUp]))
    .digest('hex');
  const base = join(cache, `base-${recipe.slice(0, 12)}`);
  if (existsSync(base)) return base;
  await mkdir(cache, { recursive: true });
  await clearUnfinished();
  const building = `${base}${unfinished}${process.pid}`;
  say('building the Debian root file system of the test nodes, about 4 minutes');
  try {
    await run('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, release, building], {
      timeoutMs: 30 * 60_000,
    });
    await run('chroot', [building, 'sh', '-c', setUp], { timeoutMs: 20 * 60_000 });
    await writeFile(join(building, 'etc/hostname'), 'node\n');
    await durable(building);
    await rename(building, base);
  } catch (error) {
    await removeTree(building);
    // Of two that build at once the second to come throws its own away.
    if (!existsSync(base)) throw error;
  }
  return base;
}

const unfinished = '.building-';

/** Removes what builds have left whose process was killed. */
async function clearUnfinished(): Promise<void> {
  for (const name of await readdir(cache)) {
    const [, pid] = name.split(unfinished);
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await removeTree(join(cache, name));
  }
}

/** debootstrap mounts /proc and /sys in there. */
async function removeTree(path: string): Promise<void> {
  for (const inside of ['proc', 'sys']) await run('umount', [join(path, inside)]).catch(() => '');
  await run('rm', ['-rf', '--one-file-system', path], { timeoutMs: 5 * 60_000 });
}

async function durable(path: string): Promise<void> {
  const directory = await open(path);
  await directory.sync();
  await directory.close();
}
