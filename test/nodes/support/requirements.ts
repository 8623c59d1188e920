import { execFileSync } from 'node:child_process';
import { has } from './shell.ts';

/** Programs and the Debian packages that they are in. */
const programs: Readonly<Record<string, string>> = {
  'systemd-nspawn': 'systemd-container',
  debootstrap: 'debootstrap',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  'ssh-agent': 'openssh-client',
  'dpkg-deb': 'dpkg',
  gpg: 'gnupg',
  openssl: 'openssl',
  findmnt: 'util-linux',
  unshare: 'util-linux',
  ps: 'procps',
};

/** Why nodes cannot be had on this machine; undefined when they can. */
export function whyNoNodes(): string | undefined {
  if (process.platform !== 'linux') return 'nodes are Linux containers';
  if (process.getuid?.() !== 0) return 'systemd-nspawn needs root';
  const missing = Object.keys(programs).filter((program) => !has(program));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => programs[program]))];
    return `${missing.join(', ')} missing (Debian: apt-get install ${packages.join(' ')})`;
  }
  // Root of a container without the rights of a machine's root.
  for (const [what, ...words] of [
    ['mount', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'],
    ['make a bridge', '--net', 'ip', 'link', 'add', 'kubtest', 'type', 'bridge'],
  ] as const) {
    const said = whyRefused('unshare', words);
    if (said !== undefined) return `root may not ${what} here (${said})`;
  }
  return undefined;
}

/** What a program says when it fails. */
function whyRefused(program: string, args: readonly string[]): string | undefined {
  try {
    execFileSync(program, args, { stdio: 'pipe', encoding: 'utf8' });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: string }).stderr)
      .trim()
      .split('\n')[0];
  }
}

/** Whether debootstrap or apt failed because no mirror can be reached. */
export const isOffline = (error: unknown): boolean =>
  /Failed getting release file|Couldn't download|Temporary failure resolving|Could not (resolve|connect)/.test(
    String(error),
  );
