import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MinorVersion } from '../../src/domain/version.ts';
import {
  excludesIn,
  kubernetesPartsOf,
  minorsIn,
  repositoryIdsIn,
  withMinor,
} from '../../src/node/packages/repository-text.ts';

const v134 = MinorVersion.parse('1.34');

const list = `# Kubernetes, see https://pkgs.k8s.io/core:/stable:/v1.33/deb/
deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] https://pkgs.k8s.io/core:/stable:/v1.33/deb/ / # v1.33
#deb https://pkgs.k8s.io/core:/stable:/v1.32/deb/ /
deb http://deb.debian.org/debian bookworm main
deb [signed-by=/etc/apt/keyrings/crio.gpg] https://pkgs.k8s.io/addons:/cri-o:/stable:/v1.33/deb/ /
`;

const sources = `# managed
Types: deb
URIs: https://mirror.example/kubernetes/core:/stable:/v1.33/deb/
  https://user:p%40ss@pkgs.k8s.io/core:/stable:/v1.33/deb/
Suites: /
Signed-By: /etc/apt/keyrings/kubernetes-v1.33/deb.gpg

Types: deb
Enabled: no
URIs: https://pkgs.k8s.io/core:/stable:/v1.31/deb/
Suites: /
`;

const repo = `[baseos]
baseurl=https://mirror.example/rocky/v1.2/os
[kubernetes]
name=Kubernetes v1.33
baseurl=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/
enabled=1
gpgcheck=1
gpgkey=https://pkgs.k8s.io/core:/stable:/v1.33/rpm/repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni

[kubernetes-old]
baseurl=https://pkgs.k8s.io/core:/stable:/v1.30/rpm/
enabled=0
`;

describe('one-line sources', () => {
  test('only the URI of the Kubernetes repository moves', () => {
    expect(withMinor('/etc/apt/sources.list.d/kubernetes.list', list, v134)).toBe(
      list.replace(
        '] https://pkgs.k8s.io/core:/stable:/v1.33/',
        '] https://pkgs.k8s.io/core:/stable:/v1.34/',
      ),
    );
  });
  test('a line that is switched off is none, and neither is CRI-O on the same host', () => {
    expect(minorsIn('a.list', list)).toEqual(['1.33']);
  });
  test('for asking another release line, only the Kubernetes line is taken', () => {
    expect(kubernetesPartsOf('a.list', list).split('\n').filter(Boolean)).toHaveLength(1);
  });
  test.each([
    'deb https://pkgs.k8s.io/core:/stable:/v1.33/deb /',
    'deb [trusted=yes] http://10.77.0.1:8080/core:/stable:/v1.33/deb /',
    'deb [ arch=amd64 signed-by=/k.gpg ] https://artifactory.example/api/deb/k8s/core:/stable:/v1.33/deb/ ./',
    'deb-src https://pkgs.k8s.io/core:/prerelease:/v1.33/deb/ /',
    'deb [signed-by=/a]https://pkgs.k8s.io/core:/stable:/v1.33/deb/ /',
  ])('%s', (line) => {
    expect(withMinor('a.list', line, v134)).toBe(line.replace('/v1.33/', '/v1.34/'));
  });
});

describe('deb822 sources', () => {
  test('every URI of an enabled stanza moves, a key file with a similar path does not', () => {
    const moved = withMinor('a.sources', sources, v134);
    expect(moved).toBe(
      sources
        .replace('example/kubernetes/core:/stable:/v1.33', 'example/kubernetes/core:/stable:/v1.34')
        .replace('pkgs.k8s.io/core:/stable:/v1.33', 'pkgs.k8s.io/core:/stable:/v1.34'),
    );
  });
  test('a comment among the URIs does not end them, and is not changed itself', () => {
    const commented = sources.replace(
      'v1.33/deb/\n  https://user',
      'v1.33/deb/\n# was https://old.example/core:/stable:/v1.33/deb/\n  https://user',
    );
    const moved = withMinor('a.sources', commented, v134);
    expect(moved).toContain('# was https://old.example/core:/stable:/v1.33/deb/\n');
    expect(moved).toContain('pkgs.k8s.io/core:/stable:/v1.34');
  });
  test('a stanza that is switched off is none', () => {
    expect(minorsIn('a.sources', sources)).toEqual(['1.33']);
    expect(kubernetesPartsOf('a.sources', sources)).not.toContain('Enabled: no');
  });
});

describe('repositories of dnf', () => {
  test('baseurl and gpgkey move, the name and other repositories do not', () => {
    expect(withMinor('/etc/yum.repos.d/kubernetes.repo', repo, v134)).toBe(
      repo.replaceAll('/v1.33/rpm/', '/v1.34/rpm/'),
    );
  });
  test('identifiers and excludes are those of the enabled Kubernetes repository', () => {
    expect(repositoryIdsIn('k.repo', repo)).toEqual(['kubernetes']);
    expect(excludesIn('k.repo', repo)).toEqual([
      'kubelet',
      'kubeadm',
      'kubectl',
      'cri-tools',
      'kubernetes-cni',
    ]);
    expect(minorsIn('k.repo', repo)).toEqual(['1.33']);
  });
  test('what another repository of the file excludes holds nothing', () => {
    const other = repo.replace('[baseos]\n', '[baseos]\nexclude=kernel kubelet\n');
    expect(excludesIn('k.repo', other.replace(/^exclude=kubelet kubeadm.*$/m, ''))).toEqual([]);
  });
});

test('switching there and back gives the same bytes, whatever stands around', () => {
  const noise = fc.string({ unit: fc.constantFrom(...Array.from('abc #\n\t[]=:/-v1.3')), maxLength: 60 });
  const kind = fc.constantFrom(
    ['k.list', list] as const,
    ['k.sources', sources] as const,
    ['k.repo', repo] as const,
  );
  fc.assert(
    fc.property(noise, noise, kind, (before, after, [path, text]) => {
      const content = `${before}\n${text}\n${after}`;
      const minors = minorsIn(path, content);
      fc.pre(minors.length === 1);
      const there = withMinor(path, content, v134);
      expect(minorsIn(path, there)).toEqual(['1.34']);
      expect(withMinor(path, there, MinorVersion.parse(minors[0]))).toBe(content);
    }),
    { seed: 20261123, numRuns: 300 },
  );
});
