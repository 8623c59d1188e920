import { createHmac, timingSafeEqual } from 'node:crypto';
import { hostKeyType } from './host-key.ts';

/** A line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  readonly marker: 'key' | 'revoked' | 'cert-authority';
  readonly patterns: string;
  readonly type: string;
  readonly key: Buffer;
  readonly line: number;
}

const markers: Readonly<Record<string, KnownHost['marker']>> = {
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
};

/** The lines that can be understood; like OpenSSH it passes over others, which then vouch for nobody. */
export function parseKnownHosts(text: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((line, index) => parseLine(line, index + 1));
}

function parseLine(line: string, number: number): KnownHost[] {
  const words = line.trim().split(/\s+/);
  const first = words[0] ?? '';
  if (first === '' || first.startsWith('#')) return [];
  const marker = first.startsWith('@') ? markers[first] : 'key';
  if (first.startsWith('@')) words.shift();
  const [patterns, type, base64] = words;
  if (marker === undefined || patterns === undefined || type === undefined || base64 === undefined) return [];
  const key = Buffer.from(base64, 'base64');
  return hostKeyType(key) === type ? [{ marker, patterns, type, key, line: number }] : [];
}

/** A host's name in known_hosts: bare on port 22, `[host]:port` otherwise. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** What known_hosts says of a host. */
export interface KnownKeys {
  readonly accepted: readonly KnownHost[];
  readonly revoked: readonly KnownHost[];
  /** Lines with @cert-authority, which ssh2 has no means to check. */
  readonly authorities: readonly KnownHost[];
}

/** The lines about a host, by its name in the form of knownHostsName. */
export function keysOf(name: string, entries: readonly KnownHost[]): KnownKeys {
  const mine = entries.filter((entry) => matches(entry.patterns, name));
  const marked = (marker: KnownHost['marker']) => mine.filter((entry) => entry.marker === marker);
  return { accepted: marked('key'), revoked: marked('revoked'), authorities: marked('cert-authority') };
}

export type HostKeyVerdict =
  | { readonly status: 'accepted' }
  /** known_hosts does not know the host. */
  | { readonly status: 'unknown' }
  /** known_hosts knows the host by other keys. */
  | { readonly status: 'changed' }
  | { readonly status: 'revoked'; readonly line: number };

/** Judges the key that a host shows. Revoked beats accepted. */
export function judgeHostKey(shown: Buffer, known: KnownKeys): HostKeyVerdict {
  const revoked = known.revoked.find((entry) => entry.key.equals(shown));
  if (revoked) return { status: 'revoked', line: revoked.line };
  if (known.accepted.some((entry) => entry.key.equals(shown))) return { status: 'accepted' };
  return { status: known.accepted.length > 0 ? 'changed' : 'unknown' };
}

function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith('|')) return matchesHash(patterns, name);
  const list = patterns.toLowerCase().split(',');
  // A negated pattern that matches rules the whole line out, wherever it stands.
  if (list.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), name))) return false;
  return list.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, name));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name with the salt, both in base64. */
function matchesHash(pattern: string, name: string): boolean {
  const [, version, salt, hash] = pattern.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const wanted = Buffer.from(hash, 'base64');
  const got = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return wanted.length === got.length && timingSafeEqual(wanted, got);
}

function matchesPattern(pattern: string, name: string): boolean {
  const source = Array.from(pattern, (letter) => {
    if (letter === '*') return '.*';
    return letter === '?' ? '.' : letter.replace(/[\\^$.+()[\]{}|]/, String.raw`\$&`);
  });
  return new RegExp(`^${source.join('')}$`, 'u').test(name);
}
