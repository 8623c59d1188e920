import ssh2 from 'ssh2';

export interface SshKey {
  /** OpenSSH private key, PEM. */
  private: string;
  /** `ssh-ed25519 AAAA… comment` */
  public: string;
}

export function generateKey(comment: string): SshKey {
  // About one in two hundred of the keys that ssh2 1.17 writes cannot be read by ssh2 itself.
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) {
      return { private: pair.private, public: pair.public };
    }
  }
}

/** A known_hosts line for a server on a port of loopback. */
export function knownHost(port: number, key: SshKey): string {
  const [type = '', blob = ''] = key.public.split(' ');
  return `[127.0.0.1]:${port} ${type} ${blob}\n`;
}
