import type { OsFamily } from '../domain/snapshot.ts';

/** What os-release(5) tells about a machine. */
export interface OsRelease {
  readonly family: OsFamily;
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
}

const families: Readonly<Record<string, OsFamily>> = {
  debian: 'debian',
  ubuntu: 'debian',
  rhel: 'rhel',
  fedora: 'rhel',
  centos: 'rhel',
  rocky: 'rhel',
  almalinux: 'rhel',
  ol: 'rhel',
  amzn: 'rhel',
};

/** Reads /etc/os-release; undefined for a system that is of neither family by ID or ID_LIKE. */
export function parseOsRelease(text: string): OsRelease | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(.*)$/.exec(line.trim());
    if (match?.[1] !== undefined) fields.set(match[1], unquote(match[2] ?? ''));
  }
  const ids = `${fields.get('ID') ?? ''} ${fields.get('ID_LIKE') ?? ''}`.split(/\s+/);
  const family = ids.map((id) => families[id]).find((known) => known !== undefined);
  return family === undefined
    ? undefined
    : { family, name: fields.get('PRETTY_NAME') ?? fields.get('ID') ?? family };
}

function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return (quoted?.[2] ?? value).replace(/\\(["'$`\\])/g, '$1');
}
