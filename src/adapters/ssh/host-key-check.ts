import { readFile } from 'node:fs/promises';
import { assertNever } from '../../domain/assert-never.ts';
import { StepFailure } from '../../domain/failure.ts';
import { fingerprintOf, hostKeyType } from './host-key.ts';
import { type HostKeyVerdict, judgeHostKey, keysOf, knownHostsName, parseKnownHosts } from './known-hosts.ts';
import { quote } from './quote.ts';

/** The machine whose key is checked, and where known keys lie. */
export interface HostKeySubject {
  /** What people call it: a node's name, or `bastion`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly knownHosts: string;
}

/** Checks one connect's host key. */
export interface HostKeyCheck {
  /** The types of key that known_hosts has of the machine; none: any type may be shown. */
  readonly types: readonly string[];
  /** For ssh2's hostVerifier. */
  verify(shown: Buffer): boolean;
  /** The refusal of the key that was shown last; undefined when none was refused. */
  refusal(): StepFailure | undefined;
}

/**
 * Reads known_hosts (anew for every connect: people edit it to let a machine in) and makes a check of it. There is no
 * trust on first use: a key that the file does not vouch for is refused before anything is sent.
 */
export async function createHostKeyCheck(subject: HostKeySubject): Promise<HostKeyCheck> {
  const text = await readKnownHosts(subject);
  const known = keysOf(knownHostsName(subject.host, subject.port), parseKnownHosts(text ?? ''));
  const note = noteOn(text, known.authorities.length > 0);
  let refusal: StepFailure | undefined;
  return {
    types: known.accepted.map((entry) => entry.type),
    verify(shown) {
      const verdict = judgeHostKey(shown, known);
      refusal = verdict.status === 'accepted' ? undefined : refuse(subject, shown, verdict, note);
      return verdict.status === 'accepted';
    },
    refusal: () => refusal,
  };
}

async function readKnownHosts(subject: HostKeySubject): Promise<string | undefined> {
  try {
    return await readFile(subject.knownHosts, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StepFailure(
      'ssh.host-key-unknown',
      `The host key of ${subject.name} cannot be checked: ${subject.knownHosts} cannot be read.`,
      { facts: { host: subject.host, knownHosts: subject.knownHosts }, cause: error },
    );
  }
}

function noteOn(text: string | undefined, hasAuthorities: boolean): string {
  if (text === undefined) return ' That file does not exist yet.';
  return hasAuthorities
    ? ' Its @cert-authority line does not count: host certificates are not supported.'
    : '';
}

function refuse(
  subject: HostKeySubject,
  shown: Buffer,
  verdict: Exclude<HostKeyVerdict, { status: 'accepted' }>,
  note: string,
): StepFailure {
  const { name, host, port, knownHosts } = subject;
  const type = hostKeyType(shown);
  const fingerprint = fingerprintOf(shown);
  const entry = knownHostsName(host, port);
  const file = quote(knownHosts);
  const add = `echo ${quote(`${entry} ${type} ${shown.toString('base64')}`)} >> ${file}`;
  const where = `${name} (${host}, port ${port})`;
  const keyFile = `/etc/ssh/ssh_host_${shortType(type)}_key.pub`;
  const compare = `Compare with "ssh-keygen -lf ${keyFile}" on the machine's own console; if it is the same, accept it with: `;
  const facts = { host, port: String(port), keyType: type, fingerprint, knownHosts };

  switch (verdict.status) {
    case 'unknown':
      return new StepFailure(
        'ssh.host-key-unknown',
        `${where} shows the ${type} key ${fingerprint}, which is not in ${knownHosts}.${note} ${compare}${add}`,
        { facts: { ...facts, accept: add } },
      );
    case 'changed': {
      const accept = `ssh-keygen -R ${quote(entry)} -f ${file} && ${add}`;
      return new StepFailure(
        'ssh.host-key-changed',
        `${where} shows the ${type} key ${fingerprint}, but ${knownHosts} knows other keys of it. Either it was ` +
          `reinstalled, or somebody stands in between. ${compare}${accept}`,
        { facts: { ...facts, accept } },
      );
    }
    case 'revoked':
      return new StepFailure(
        'ssh.host-key-revoked',
        `${where} shows the ${type} key ${fingerprint}, which line ${verdict.line} of ${knownHosts} marks as @revoked. ` +
          'Give the machine a new host key (ssh-keygen -A after removing the old one), then accept that one.',
        { facts: { ...facts, line: String(verdict.line) } },
      );
    default:
      return assertNever(verdict);
  }
}

function shortType(type: string): string {
  if (type.startsWith('ecdsa-')) return 'ecdsa';
  return type.replace(/^ssh-/, '');
}
