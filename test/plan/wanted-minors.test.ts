import { expect, test } from 'vitest';
import type { Target } from '../../src/domain/intent.ts';
import { MinorVersion, version } from '../../src/domain/version.ts';
import { resolveTarget } from '../../src/plan/way/resolve-target.ts';
import { wantedMinors } from '../../src/plan/way/wanted-minors.ts';

const present = (apiServers: readonly string[], kubelets: readonly string[] = apiServers) => ({
  apiServers: apiServers.map((text) => version(text)),
  kubelets: kubelets.map((text) => version(text)),
});
const exact = (text: string): Target => ({ kind: 'exact', version: version(text) });
const next: Target = { kind: 'next' };
const latest: Target = { kind: 'latest' };
const minor = (text: string): Target => ({ kind: 'minor', minor: MinorVersion.parse(text) });

test.each([
  ['the next minor', present(['1.33.13']), exact('1.34.9'), ['1.34']],
  ['a patch', present(['1.33.11']), exact('1.33.13'), ['1.33']],
  ['two minors on', present(['1.33.13']), minor('1.35'), ['1.34', '1.35']],
  ['next', present(['1.33.13']), next, ['1.34']],
  ['latest, which may be a patch', present(['1.33.13']), latest, ['1.33', '1.34']],
  ['a kubelet that catches up first', present(['1.33.13'], ['1.30.4']), exact('1.34.9'), ['1.33', '1.34']],
  ['an upgrade that stopped midway', present(['1.33.13', '1.34.8']), exact('1.34.9'), ['1.34']],
  ['next of one that stopped midway', present(['1.33.13', '1.34.8']), next, ['1.34', '1.35']],
  ['an older minor', present(['1.33.13']), exact('1.32.1'), ['1.32']],
  ['another major', present(['1.33.13']), exact('2.0.0'), ['2.0']],
  ['a mistake of a hundred minors', present(['1.33.13']), exact('1.133.0'), ['1.34', '1.133']],
])('%s asks the repositories of no other lines than it needs', (_title, cluster, target, minors) => {
  expect(wantedMinors(cluster, target)).toEqual(minors);
});

test('latest is never a step back', () => {
  const offered = ['1.33.11', '1.33.12'].map((text) => version(text));
  expect(resolveTarget({ kind: 'latest' }, version('1.33.13'), offered)).toBe(undefined);
  expect(resolveTarget({ kind: 'latest' }, version('1.33.12'), offered)).toBe('v1.33.12');
});
