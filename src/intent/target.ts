import type { Target } from '../domain/intent.ts';
import { MinorVersion, parseVersion } from '../domain/version.ts';

/** Reads `1.34.9`, `v1.34.9`, `1.34`, `latest`, `next`; undefined for everything else. Expects lower case. */
export function parseTarget(word: string): Target | undefined {
  if (word === 'latest' || word === 'next') return { kind: word };
  const version = parseVersion(word);
  if (version !== undefined) return { kind: 'exact', version };
  const minor = MinorVersion.safeParse(word.replace(/^v/, ''));
  return minor.success ? { kind: 'minor', minor: minor.data } : undefined;
}

/** Whether a word was meant as a version, however wrong it is. */
export function looksLikeVersion(word: string): boolean {
  return /^v?\d/.test(word);
}

const synonyms: Readonly<Record<string, string>> = {
  newest: 'latest',
  stable: 'latest',
  last: 'latest',
  current: 'latest',
  lastest: 'latest',
  upcoming: 'next',
  following: 'next',
};

/** What a word that is no version was probably meant to be; undefined where nothing is likely. */
export function guessTarget(word: string): string | undefined {
  const synonym = synonyms[word];
  if (synonym !== undefined) return synonym;
  const dotted = word.replaceAll(',', '.').replace(/^v\.?/, '').replace(/\.+$/, '');
  const wildcard = /^(\d+\.\d+)\.[x*]$/.exec(dotted)?.[1];
  const revision = /^(\d+\.\d+\.\d+)[-+~_.].*$/.exec(dotted)?.[1];
  const minorAlone = /^[1-9]\d$/.test(dotted) ? `1.${dotted}` : undefined;
  const guess = wildcard ?? revision ?? minorAlone ?? dotted;
  return parseTarget(guess) === undefined ? undefined : guess;
}
