import type { StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import { type FailureSign, failureBySigns } from './failure-signs.ts';

/** In the order of how sure a sign is: a full disk also breaks downloads, a lock also breaks everything after it. */
const signs: readonly FailureSign[] = [
  {
    code: 'packages.interrupted',
    pattern: /dpkg was interrupted, you must manually run/,
    says: 'an earlier package operation was interrupted',
  },
  {
    code: 'packages.locked',
    pattern:
      /Could not get lock|Unable to acquire the dpkg|Unable to lock (the )?(directory|administration)|lock was locked by another process/,
    says: 'another package operation holds the lock',
  },
  {
    code: 'node.disk-full',
    pattern: /No space left on device|You don't have enough free space/,
    says: 'there is no space left on the disk',
  },
  {
    code: 'packages.repository-key-expired',
    pattern:
      /EXPKEYSIG|KEYEXPIRED|NO_PUBKEY|EXPSIG|BADSIG|signatures? (were|was) invalid|signatures couldn't be verified|(certificate|key|signature)[^\n]* (is )?expired/i,
    says: 'the key of the repository has expired or does not fit',
  },
  {
    code: 'packages.version-missing',
    pattern: /Version '[^']*' for '[^']*' was not found|Unable to locate package/,
    says: 'the repository does not have that version',
  },
  {
    code: 'packages.repository-not-found',
    pattern: /\b(404 +Not Found|403 +Forbidden)|does not have a Release file|File not found/,
    says: 'the repository is not there',
  },
  {
    code: 'packages.repository-unreachable',
    pattern:
      /Could not resolve|Temporary failure resolving|Could not connect|Connection (timed out|refused|failed|reset)|Unable to connect|Network is unreachable|Could not handshake|Failed to fetch|Some index files failed to download|50[0234] /,
    says: 'the repository cannot be reached',
  },
  {
    code: 'packages.repository-key-expired',
    pattern: /is (not|no longer) signed/,
    says: 'the repository is not signed',
  },
];

/** What apt's or dpkg's output says went wrong; undefined when it says nothing that is known. */
export function aptFailure(node: NodeName, purpose: string, output: string): StepFailure | undefined {
  return failureBySigns(signs, node, purpose, output);
}
