import { expect, test } from 'vitest';
import { NodeName } from '../../src/domain/names.ts';
import { aptFailure } from '../../src/node/packages/apt-failure.ts';
import { dnfFailure } from '../../src/node/packages/dnf-failure.ts';
import { outputOf, recording } from '../support/recordings.ts';

const node = NodeName.parse('w-01');
const apt = (output: string) => aptFailure(node, 'installing kubeadm', output)?.code;
const dnf = (output: string) => dnfFailure(node, 'installing kubeadm', output)?.code;

test.each([
  ['upgrade-1.33.13-to-1.34.9/02-cp1-kubeadm-package'],
  ['upgrade-1.33.13-to-1.34.9/09-cp1-kubelet-packages'],
  ['upgrade-1.33.13-to-1.34.9/01-cp1-repo-switch'],
  ['cluster-1.33.13/apt-install-held'],
])('%s went well and names no failure', (name) => {
  expect(apt(outputOf(recording(name)))).toBeUndefined();
});

test('a version that the repository does not have', () => {
  expect(apt(outputOf(recording('cluster-1.33.13/apt-install-missing-version')))).toBe(
    'packages.version-missing',
  );
});

test('a downgrade that apt refuses is none of the known ones', () => {
  expect(apt(outputOf(recording('rollback-1.34.9-to-1.33.13/02-w1-downgrade-without-flag')))).toBeUndefined();
});

test.each([
  [
    'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?',
    'packages.locked',
  ],
  ['dpkg: error: dpkg frontend lock was locked by another process with pid 812', 'packages.locked'],
  ['E: Unable to lock directory /var/lib/apt/lists/', 'packages.locked'],
  [
    "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.",
    'packages.interrupted',
  ],
  [
    'W: An error occurred during the signature verification. The repository is not updated and the previous index files will be used. GPG error: https://pkgs.k8s.io/core:/stable:/v1.34/deb  InRelease: The following signatures were invalid: EXPKEYSIG 234654DA9A296436\nW: Failed to fetch https://pkgs.k8s.io/core:/stable:/v1.34/deb/InRelease  The following signatures were invalid: EXPKEYSIG 234654DA9A296436',
    'packages.repository-key-expired',
  ],
  [
    "E: Failed to fetch https://pkgs.k8s.io/core:/stable:/v1.99/deb/InRelease  403  Forbidden [IP: 203.0.113.10 443]\nE: The repository 'https://pkgs.k8s.io/core:/stable:/v1.99/deb  InRelease' is not signed.",
    'packages.repository-not-found',
  ],
  [
    "Err:2 http://mirror/v1.99/deb  Release\n  404  Not Found\nE: The repository 'http://mirror/v1.99/deb  Release' does not have a Release file.",
    'packages.repository-not-found',
  ],
  [
    "W: Failed to fetch https://pkgs.k8s.io/core:/stable:/v1.34/deb/InRelease  Could not resolve 'pkgs.k8s.io'\nW: Some index files failed to download. They have been ignored, or old ones used instead.",
    'packages.repository-unreachable',
  ],
  ["E: You don't have enough free space in /var/cache/apt/archives/.", 'node.disk-full'],
  [
    'dpkg: error processing archive: cannot copy extracted data: failed to write (No space left on device)',
    'node.disk-full',
  ],
  ['E: Unable to locate package kubeadm', 'packages.version-missing'],
])('apt: %s', (output, code) => {
  expect(apt(output)).toBe(code);
});

test.each([
  [
    'No match for argument: kubeadm-9.9.9-150500.1.1\nError: Unable to find a match: kubeadm-9.9.9-150500.1.1',
    'packages.version-missing',
  ],
  [
    "Errors during downloading metadata for repository 'kubernetes':\n  - Status code: 404 for https://pkgs.k8s.io/core:/stable:/v1.99/rpm/repodata/repomd.xml (IP: 203.0.113.10)\nError: Failed to download metadata for repo 'kubernetes': Cannot download repomd.xml",
    'packages.repository-not-found',
  ],
  [
    "  - Curl error (6): Couldn't resolve host name for https://pkgs.k8s.io/core:/stable:/v1.34/rpm/repodata/repomd.xml\nError: Failed to download metadata for repo 'kubernetes'",
    'packages.repository-unreachable',
  ],
  [
    "Error: Failed to download metadata for repo 'kubernetes': repomd.xml GPG signature verification error: Bad GPG signature",
    'packages.repository-key-expired',
  ],
  ['Error: GPG check FAILED', 'packages.repository-key-expired'],
  [
    "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)",
    'packages.locked',
  ],
  [
    'Error: Transaction test error:\n  installing package kubelet needs 50MB on the / filesystem',
    'node.disk-full',
  ],
])('dnf: %s', (output, code) => {
  expect(dnf(output)).toBe(code);
});

test('the telling line is kept as a fact', () => {
  const output = outputOf(recording('cluster-1.33.13/apt-install-missing-version'));
  expect(aptFailure(node, 'installing kubeadm', output)?.facts['said']).toBe(
    "E: Version '9.9.9-1.1' for 'kubeadm' was not found",
  );
});
