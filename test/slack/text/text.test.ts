import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskSecrets } from '../../../src/domain/credentials.ts';
import { duration } from '../../../src/slack/text/duration.ts';
import { fold, listed } from '../../../src/slack/text/fold.ts';
import { moment, momentWithSeconds } from '../../../src/slack/text/moment.ts';
import { clipped, clippedInside, code, escaped, short } from '../../../src/slack/text/untrusted.ts';

const seed = 20_261_123;

test.each([
  [-5, 'under 1 s'],
  [0.4, 'under 1 s'],
  [48, '48 s'],
  [89, '89 s'],
  [90, '2 min'],
  [540, '9 min'],
  [3_599, '1 h'],
  [6_600, '1 h 50 min'],
  [86_400, '1 d'],
  [183_600, '2 d 3 h'],
])('%d seconds are %s', (seconds, said) => {
  expect(duration(seconds)).toBe(said);
});

describe('moments', () => {
  const now = Date.parse('2026-11-23T16:40:07.000Z');
  test('are shown in the reader’s zone, with the day where it is another one', () => {
    expect(moment(now, now)).toBe('<!date^1795452007^{time}|16:40 UTC>');
    expect(moment(now - 86_400_000, now)).toBe(
      '<!date^1795365607^{date_short_pretty} {time}|2026-11-22 16:40 UTC>',
    );
    expect(momentWithSeconds(now)).toContain('|16:40:07 UTC>');
  });
});

describe('untrusted text', () => {
  test('has no power over Slack', () => {
    expect(escaped('<!channel> & <@U1> `x`')).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt; ˋxˋ');
    expect(code('a`b\nc')).toBe('`aˋb c`');
    expect(escaped('gnp\u202Eexe\u0000')).toBe('gnpexe');
  });

  test('that is too long is cut visibly, and never through an escape or a pair', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '&', '😀', 'a', '`', ' '), maxLength: 60 }),
        fc.integer({ min: 2, max: 40 }),
        (text, max) => {
          const cut = short(text, max);
          expect(cut.length).toBeLessThanOrEqual(max);
          expect(cut).not.toMatch(/[<>`]/);
          expect(cut.replaceAll(/&(amp|lt|gt);/g, '')).not.toContain('&');
          expect(cut.isWellFormed()).toBe(true);
        },
      ),
      { seed },
    );
  });

  test('that fits is left alone', () => {
    expect(clipped('abc', 3)).toBe('abc');
    expect(clipped('abcd', 3)).toBe('ab…');
  });

  test('of a long line of a program the end is kept, too: it says why', () => {
    expect(clippedInside('short', 300)).toBe('short');
    const line = `error: ${'could not upgrade: '.repeat(40)}no such host`;
    const shown = clippedInside(line, 300);
    expect(shown).toHaveLength(300);
    expect(shown).toMatch(/^error: could.*….*no such host$/);
    for (const max of [10, 11, 12, 13]) expect(clippedInside('😀'.repeat(20), max).isWellFormed()).toBe(true);
  });
});

describe('lists', () => {
  test('that do not fit say how many entries they leave out, and keep to their length', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 40, max: 400 }),
        (entries, maxEntries, maxChars) => {
          const text = fold(entries, { separator: '\n', maxEntries, maxChars });
          expect(text.length).toBeLessThanOrEqual(maxChars);
          if (text !== entries.join('\n')) expect(text).toMatch(/and \d+ more$/);
        },
      ),
      { seed },
    );
  });

  test('read as people say them', () => {
    expect(listed(['a'])).toBe('a');
    expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
    expect(listed(Array.from({ length: 12 }, (_, index) => `w-${index}`))).toContain('and 4 more');
  });
});

test.each([
  ['a bot token', 'xoxb-123456789012-abcdefGHIJKL'],
  ['a bearer token', 'Authorization: Bearer abc.def-ghi_jkl012345'],
  ['a bootstrap token', 'kubeadm join --token abcdef.0123456789abcdef'],
  ['a certificate key', `--certificate-key ${'a'.repeat(64)}`],
  ['a password that is set', 'MYSQL_PASSWD=hunter2'],
  ['a password in a URL', 'https://user:hunter2@registry.local/'],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----'],
])('%s does not get into a message', (_, text) => {
  expect(maskSecrets(text)).toContain('[masked]');
  expect(maskSecrets(text)).not.toMatch(/abcdefGHIJKL|jkl012345|0123456789abcdef|aaaaaaaa|hunter2|abc\n/);
});

test.each([
  'prod-eu: v1.33.13 → v1.34.9 · `k7f3ab` · <@U00000DANA> · <!date^1795452007^{time}|16:40 UTC>',
  // The line that people are told to copy into sudoers.
  'upgrader ALL=(root) NOPASSWD: /usr/bin/timeout',
])('what people write on purpose is not masked: %s', (text) => {
  expect(maskSecrets(text)).toBe(text);
});
