import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameReader } from '../../../src/adapters/ssh/act-frames.ts';
import { createActOutput } from '../../../src/adapters/ssh/act-output.ts';
import { plainLine } from '../../../src/adapters/ssh/plain-line.ts';

const seed = 20_261_123;

/** What a machine hands on: the output, cut into pieces with their headers, and the stream cut into chunks. */
function chunked(output: Uint8Array, pieces: readonly number[], chunks: readonly number[]): Uint8Array[] {
  const stream: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < output.length; turn++) {
    const piece = output.subarray(at, at + (pieces[turn % pieces.length] ?? 1));
    stream.push(Buffer.from(`act:bytes:3:${at}:${piece.length}\n`), piece);
    at += piece.length;
  }
  return cut(Buffer.concat(stream), chunks);
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const part = bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1));
    parts.push(part);
    at += part.length;
  }
  return parts;
}

function read(chunks: readonly Uint8Array[]) {
  const output = createActOutput();
  const lines: string[] = [];
  const places: [number, number][] = [];
  let to = 0;
  const keep = (placed: ReturnType<typeof output.end>) => {
    for (const { lines: some, from, ends } of placed) {
      lines.push(...some);
      expect(ends).toHaveLength(some.length);
      places.push([from, ends.at(-1) ?? from]);
      expect(from).toBe(to);
      to = ends.at(-1) ?? from;
    }
  };
  const pieces = frameReader((attempt, offset, bytes) => {
    expect(attempt).toBe(3);
    keep(output.push(offset, bytes));
  });
  for (const chunk of chunks) pieces(chunk);
  keep(output.end());
  return { lines, text: output.text(), to };
}

const sizes = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 12 });
/** Any characters but those that a terminal acts on: planes beyond the first, combining marks, flags. */
const anyLine = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  // oxlint-disable-next-line no-control-regex -- what is left out
  .map((text) => text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, ''));

test('however a UTF-8 text is cut, the same lines come, and no character is lost', () => {
  fc.assert(
    fc.property(
      fc.array(anyLine, { maxLength: 12 }),
      fc.boolean(),
      sizes(9),
      sizes(7),
      (given, ended, pieces, chunks) => {
        const text = given.join('\n') + (ended ? '\n' : '');
        const bytes = Buffer.from(text);
        const got = read(chunked(bytes, pieces, chunks));
        expect(got.text).toBe(text);
        expect(got.text.includes('\ufffd')).toBe(text.includes('\ufffd'));
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(got.lines).toEqual(expected);
        if (bytes.length > 0) expect(got.to).toBe(bytes.length);
      },
    ),
    { seed, numRuns: 300 },
  );
});

test('bytes that are no UTF-8 spoil their own line and no other, however they are cut', () => {
  const bytes = Buffer.concat([
    Buffer.from('grüße\n'),
    Buffer.from([0xff, 0xc3, 0x0a]),
    Buffer.from('€uro\n'),
  ]);
  for (let size = 1; size <= bytes.length; size += 1) {
    expect(read(chunked(bytes, [size], [3])).lines).toEqual(['grüße', '\ufffd\ufffd', '€uro']);
  }
});

test('what is read twice is given once', () => {
  const output = createActOutput();
  const bytes = Buffer.from('one\ntwo\nthree\n');
  expect(output.push(0, bytes.subarray(0, 6))).toEqual([{ lines: ['one'], from: 0, ends: [4] }]);
  expect(output.push(2, bytes.subarray(2, 9))).toEqual([{ lines: ['two'], from: 4, ends: [8] }]);
  expect(output.push(0, bytes)).toEqual([{ lines: ['three'], from: 8, ends: [14] }]);
  expect(output.push(0, bytes)).toEqual([]);
});

test('what was left out on the machine is a gap between whole lines', () => {
  const output = createActOutput();
  expect(output.push(0, Buffer.from('begun\nUnpacking kub'))).toMatchObject([{ lines: ['begun'] }]);
  const after = output.push(1_000, Buffer.from('g end of a line\nlast line\n'));
  expect(after).toEqual([
    { lines: ['Unpacking …'], from: 6, ends: [19] },
    { lines: ['last line'], from: 1_016, ends: [1_026] },
  ]);
  expect(output.text()).toBe('[earlier output left out]\nlast line\n');
});

test('a gap in the middle of a character leaves no half of it', () => {
  const output = createActOutput();
  output.push(0, Buffer.from('a\n'));
  expect(output.push(500, Buffer.from('€uro\nnext\n').subarray(1))).toMatchObject([{ lines: ['next'] }]);
});

test('a question that a command waits with is among its last words, half a secret is not', () => {
  for (const [printed, shown] of [
    [
      'Setting up\n*** kubelet (Y/I/N/O/D/Z) [default=N] ?',
      'Setting up\n*** kubelet (Y/I/N/O/D/Z) [default=N] ?',
    ],
    ['Reading package lists...', 'Reading package lists...'],
    ['kubeadm join --token abcdef.01234567', 'kubeadm join --token …'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIEow', '[masked] private key\n'],
  ]) {
    const output = createActOutput();
    output.push(0, Buffer.from(printed ?? ''));
    expect(output.text()).toBe(shown);
    // Only looked at: what follows is read as if nobody had.
    output.push(Buffer.byteLength(printed ?? ''), Buffer.from('89abcdef\n'));
    output.end();
    expect(output.text()).not.toContain('abcdef.0');
  }
});

test('secrets that strangers print are masked in what acts print', () => {
  const output = createActOutput();
  output.push(
    0,
    Buffer.from(
      'helm: password=hunter22 and "token": "s3cr3t-value"\n\u001b[1mabc\u001b[0mdef.0123456789abcdef\n',
    ),
  );
  expect(output.text()).toBe('helm: password=[masked] and "token": "[masked]"\n[masked]\n');
});

test('a line without an end is bounded, a progress bar that goes on for ever shows its last state', () => {
  const output = createActOutput();
  let at = 0;
  for (let percent = 0; percent < 40_000; percent += 1) {
    const state = Buffer.from(`\rpulling ${percent} of 40000 ${'#'.repeat(20)}`);
    output.push(at, state);
    at += state.length;
  }
  expect(output.end()).toMatchObject([{ lines: [`pulling 39999 of 40000 ${'#'.repeat(20)}`] }]);
});

describe('of what a terminal would have shown, the end is left', () => {
  test.each([
    ['\u001b[31mE:\u001b[0m held', 'E: held'],
    ['  0%\r 50%\r100%', '100%'],
    ['Progress: [ 99%]\r                \r', 'Progress: [ 99%]'],
    ['done\r', 'done'],
    ['working |\b/\b-\bdone', 'working done'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]8;;https://example.org\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['a\u0000b\u0007c', 'abc'],
    ['one\ttwo ', 'one\ttwo '],
    ['\u001b[?25l\u001b[2K\u001b[1Gnpm', 'npm'],
    ['Größe €', 'Größe €'],
    ['\u001b[', ''],
  ])('%j', (line, shown) => {
    expect(plainLine(line)).toBe(shown);
  });
});

test('10 MB are taken in without holding anything up', () => {
  const line = Buffer.from('Unpacking kubeadm (1.34.9-1.1) over (1.33.13-1.1) … 100 %\n');
  const chunk = Buffer.concat(Array.from({ length: 550 }, () => line));
  const output = createActOutput();
  let at = 0;
  let longest = 0;
  const before = process.memoryUsage().heapUsed;
  while (at < 10 * 1024 * 1024) {
    const began = performance.now();
    output.push(at, chunk);
    longest = Math.max(longest, performance.now() - began);
    at += chunk.length;
  }
  expect(longest).toBeLessThan(1_500);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(80 * 1024 * 1024);
  expect(Buffer.byteLength(output.text())).toBeLessThan(66_000);
});
