import type { StepFailure } from '../../domain/failure.ts';
import type { NodeName } from '../../domain/names.ts';
import { type FailureSign, failureBySigns } from './failure-signs.ts';

const signs: readonly FailureSign[] = [
  {
    code: 'packages.locked',
    pattern: /can't create transaction lock|Failed to obtain the transaction lock|already locked by \d+/,
    says: 'another package operation holds the lock',
  },
  {
    code: 'node.disk-full',
    pattern: /No space left on device|needs \d+[KMG]?B (more space )?on the|insufficient space/i,
    says: 'there is no space left on the disk',
  },
  {
    code: 'packages.repository-key-expired',
    pattern:
      /GPG check FAILED|Bad GPG signature|GPG signature verification error|Bad PGP signature|PGP check failed|key (has )?expired|public key (is )?not (available|installed)|certificate has expired/i,
    says: 'the key of the repository has expired or does not fit',
  },
  {
    code: 'packages.repository-not-found',
    pattern: /Status code: 40[34]\b|There are no enabled repositories|Unknown repo|No matching repositories/,
    says: 'the repository is not there',
  },
  {
    code: 'packages.repository-unreachable',
    pattern:
      /Curl error|Librepo error|Failed to download metadata|Cannot download repomd\.xml|Status code: 5\d\d|All mirrors were (already )?tried/,
    says: 'the repository cannot be reached',
  },
  {
    code: 'packages.version-missing',
    pattern: /No match for argument|Unable to find a match|No package .* available/,
    says: 'the repository does not have that version',
  },
];

/** What dnf's or rpm's output says went wrong; undefined when it says nothing that is known. */
export function dnfFailure(node: NodeName, purpose: string, output: string): StepFailure | undefined {
  return failureBySigns(signs, node, purpose, output);
}
