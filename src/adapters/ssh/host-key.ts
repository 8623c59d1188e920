import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';

/** The type that a key in SSH's wire form says it has (RFC 4253 6.6: a length-prefixed name first). */
export function hostKeyType(blob: Buffer): string {
  if (blob.length < 4) return 'unknown';
  const length = blob.readUInt32BE(0);
  return length <= 64 && blob.length >= 4 + length ? blob.toString('latin1', 4, 4 + length) : 'unknown';
}

/** `SHA256:…` as ssh-keygen -l prints it: base64 without padding. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

const algorithmsOfType: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  // Never `ssh-rsa`: that is a signature with SHA-1, which OpenSSH has refused since 8.8.
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/**
 * What to ask a server for so that it shows a key that can be compared: the types that known_hosts has of it, else all.
 * A server has several keys and shows the one that the client prefers.
 */
export function hostKeyAlgorithms(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const known = types.flatMap((type) => algorithmsOfType[type] ?? []);
  return known.length > 0 ? [...new Set(known)] : Object.values(algorithmsOfType).flat();
}
