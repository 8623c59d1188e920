import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = '/usr/sbin/sshd';

/** OpenSSH's server is there (Debian: openssh-server); without it the tests that need it are skipped. */
export const hasSshd = existsSync(program) && existsSync('/usr/bin/ssh-keygen');

/** A real sshd on loopback, with keys and a configuration of its own. */
export interface Sshd {
  readonly port: number;
  readonly directory: string;
  readonly user: string;
  readonly clientKey: string;
  readonly knownHosts: string;
  /** Where the stand-in for systemd keeps units; acts are recorded in `state`. */
  readonly state: string;
  /** The public host key's line without comment: type and base64. */
  hostKey(): Promise<string>;
  /** Ends every connection, as a cut cable would: the daemons die without a word. */
  cutConnections(): void;
  stop(): Promise<void>;
  /** Starts again on the same port, with the same keys. */
  start(): Promise<void>;
  /** Removes everything. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface SshdOptions {
  readonly hostKeyType?: 'ed25519' | 'ecdsa' | 'rsa';
  readonly configuration?: string;
  readonly passphrase?: string;
}

const fakes = join(dirname(fileURLToPath(import.meta.url)), 'bin');

/** Starts a daemon whose PATH holds stand-ins for sudo, systemd-run and systemctl before everything else. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const directory = await mkdtemp(join(tmpdir(), 'k8s-upgrade-bot-sshd-'));
  await chmod(directory, 0o755);
  const bin = join(directory, 'bin');
  const state = join(directory, 'state');
  await mkdir(bin);
  await mkdir(join(directory, 'units'));
  for (const name of ['sudo', 'systemd-run', 'systemctl']) {
    await copyFile(join(fakes, name), join(bin, name));
    await chmod(join(bin, name), 0o755);
  }
  const keygen = (file: string, type: string, passphrase = '') =>
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', join(directory, file)]);
  keygen('host_key', options.hostKeyType ?? 'ed25519');
  keygen('client_key', 'ed25519', options.passphrase);
  await copyFile(join(directory, 'client_key.pub'), join(directory, 'authorized_keys'));

  const { username } = userInfo();
  const port = await freePort();
  const configuration = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(directory, 'host_key')}`,
    `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    // HOME: bash reads a .bashrc also for ssh, and the one of whoever runs the tests is no part of them.
    `SetEnv HOME=${directory} PATH=${bin}:/usr/local/bin:/usr/bin:/bin FAKE_UNITS=${join(directory, 'units')}`,
    options.configuration ?? '',
  ].join('\n');
  await writeFile(join(directory, 'sshd_config'), configuration);
  const knownHosts = join(directory, 'known_hosts');
  const hostKey = async () =>
    (await readFile(join(directory, 'host_key.pub'), 'utf8')).split(' ').slice(0, 2).join(' ').trim();
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${await hostKey()}\n`);
  // Root's daemon wants a place to lock itself into.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });

  let daemon: ReturnType<typeof spawn> | undefined;
  const children = () =>
    daemon?.pid === undefined
      ? []
      : execFileSync('ps', ['-o', 'pid=', '--ppid', String(daemon.pid)], { encoding: 'utf8' })
          .split('\n')
          .map(Number)
          .filter((pid) => pid > 0);
  const cutConnections = () => {
    try {
      for (const pid of children()) process.kill(pid, 'SIGKILL');
    } catch {
      // ps exits 1 when there is none, and one may end by itself in between.
    }
  };
  const stop = async () => {
    const ending = daemon;
    if (!ending) return;
    daemon = undefined;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGTERM');
    await ended;
  };
  const start = async () => {
    daemon = spawn(program, ['-D', '-e', '-f', join(directory, 'sshd_config')], { stdio: 'ignore' });
    await listening(port);
  };
  const dispose = async () => {
    cutConnections();
    await stop();
    await rm(directory, { recursive: true, force: true });
  };
  await start();
  return {
    port,
    directory,
    user: username,
    clientKey: join(directory, 'client_key'),
    knownHosts,
    state,
    hostKey,
    cutConnections,
    stop,
    start,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function listening(port: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (answered) return;
    if (Date.now() > deadline) throw new Error(`sshd does not listen on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
