import { has } from './shell.ts';

const programs = ['systemd-nspawn', 'debootstrap', 'ip', 'ssh', 'ssh-keygen', 'mount', 'chroot'] as const;

/** Why nodes cannot be had on this machine; undefined when they can. */
export function whyNoNodes(): string | undefined {
  if (process.platform !== 'linux') return 'nodes are Linux containers';
  if (process.getuid?.() !== 0) return 'systemd-nspawn needs root';
  const missing = programs.filter((program) => !has(program));
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} missing (Debian: systemd-container debootstrap iproute2 openssh-client)`;
}
