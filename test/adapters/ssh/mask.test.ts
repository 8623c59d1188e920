import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOutput, keptBytes, masking } from '../../../src/adapters/ssh/mask.ts';

const key = [
  '-----BEGIN RSA PRIVATE KEY-----',
  'MIIEowIBAAKCAQEAx1'.repeat(3),
  '-----END RSA PRIVATE KEY-----',
];
const hex64 = '0123456789abcdef'.repeat(4);

describe('secrets', () => {
  test.each([
    ['Authorization: Bearer eyJhbGciOi.eyJzdWIi', 'Authorization: Bearer [masked]'],
    ['> Authorization: Basic YWxhZGRpbjpvcGVu', '> Authorization: Basic [masked]'],
    ['token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl!', 'token [masked]!'],
    [
      'kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef',
      'kubeadm join 10.0.0.1:6443 --token [masked]',
    ],
    [`--certificate-key ${hex64}`, '--certificate-key [masked]'],
    [`certificateKey: "${hex64}"`, 'certificateKey: "[masked]"'],
    ['deb http://joe:s3cret@mirror.example/deb /', 'deb http://joe:[masked]@mirror.example/deb /'],
    ['    client-key-data: LS0tLS1CRUdJTiBQUklW', '    client-key-data: [masked]'],
    [`{"key":"${key.join(String.raw`\n`)}","a":1}`, '{"key":"[masked] private key","a":1}'],
    [`Using certificate key:\n${hex64}\nnext`, 'Using certificate key:\n[masked]\nnext'],
    [['before', ...key, 'after'].join('\n'), 'before\n[masked] private key\nafter'],
  ])('%s', (text, shown) => {
    expect(masking(text)).toBe(shown);
  });

  test.each([
    `sha256:${hex64}`,
    'registry.k8s.io/kube-apiserver:v1.34.9',
    'k8s-upgrade-bot-abc123-v1.34.9-cp-1-install-kubeadm-1.service',
    'http://user@host/path and http://host:8080/a@b',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'the bearer of bad news',
  ])('%s is no secret', (text) => {
    expect(masking(text)).toBe(text);
  });

  test('a key is masked however its bytes arrive', () => {
    const bytes = Buffer.from(['before', ...key, 'after', ''].join('\n'));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const output = createOutput();
        const shown = inPieces(bytes, sizes).flatMap((piece) => output.push(piece));
        expect([...shown, ...output.end()]).toEqual(['before', '[masked] private key', 'after']);
        expect(output.text()).toBe('before\n[masked] private key\nafter\n');
      }),
      { seed: 20_261_123 },
    );
  });

  test('when the beginning is left out, the rest of a key that it held is masked too', () => {
    const output = createOutput({ midway: true });
    output.push(Buffer.from(`${'QUJD'.repeat(16)}\n${'QUJD'.repeat(16)}\n${key[2]}\nafter\n`));
    expect(output.text()).toBe('[earlier output left out]\nafter\n');
  });
});

describe('a line of 256 KiB', () => {
  test.each([
    'a',
    'a1',
    'a-',
    'eyJ',
    '://',
    'http://a:',
    'abcdef.',
    '-----BEGIN PRIVATE KEY-----',
    'bearer ',
  ])('of nothing but "%s" is masked in a moment: nothing else happens meanwhile', (part) => {
    const line = part.repeat(Math.ceil((256 * 1024) / part.length));
    const began = performance.now();
    masking(line);
    expect(performance.now() - began).toBeLessThan(1_500);
  });
});

describe('text', () => {
  test('UTF-8 stays whole however it is cut', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !text.includes('\n')),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 }),
        (text, sizes) => {
          const output = createOutput();
          for (const piece of inPieces(Buffer.from(`${text}…\n`), sizes)) output.push(piece);
          output.end();
          expect(output.text()).toBe(`${text}…\n`);
        },
      ),
      { seed: 20_261_123 },
    );
  });

  test('only the last 64 KiB are kept, in whole lines, and a line says so', () => {
    const output = createOutput();
    for (let line = 0; line < 20_000; line++) output.push(Buffer.from(`line ${line} …\n`));
    const text = output.text();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(keptBytes + 30);
    expect(text).toMatch(/^\[earlier output left out\]\nline \d+ …\n/);
    expect(text.endsWith('line 19999 …\n')).toBe(true);
  });

  test('a line that never ends is bounded as well, at a character', () => {
    const output = createOutput();
    for (let piece = 0; piece < 40; piece++) output.push(Buffer.from('é'.repeat(8_192)));
    output.end();
    const text = output.text().split('\n')[1] ?? '';
    expect(text.length).toBeGreaterThan(30_000);
    expect(/^é+$/.test(text)).toBe(true);
  });

  test('nothing is added to or taken from a short text', () => {
    for (const text of ['', '\n', 'a', 'a\n', '\n\na\r\nb', '\u{feff}a']) {
      const output = createOutput();
      output.push(Buffer.from(text));
      output.end();
      expect(output.text()).toBe(text);
    }
  });
});

function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
