import ssh2 from 'ssh2';

export interface SshKey {
  /** OpenSSH private key, PEM. */
  private: string;
  /** `ssh-ed25519 AAAA… comment` */
  public: string;
}

export function generateKey(comment: string): SshKey {
  const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
  return { private: pair.private, public: pair.public };
}

/** A known_hosts line for a server on a port of loopback. */
export function knownHost(port: number, key: SshKey): string {
  const [type = '', blob = ''] = key.public.split(' ');
  return `[127.0.0.1]:${port} ${type} ${blob}\n`;
}
