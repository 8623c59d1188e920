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
  ps: 'procps',
};

/** Why nodes cannot be had on this machine; undefined when they can. */
export function whyNoNodes(): string | undefined {
  if (process.platform !== 'linux') return 'nodes are Linux containers';
  if (process.getuid?.() !== 0) return 'systemd-nspawn needs root';
  const missing = Object.keys(programs).filter((program) => !has(program));
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((program) => programs[program]))];
  return `${missing.join(', ')} missing (Debian: apt-get install ${packages.join(' ')})`;
}
